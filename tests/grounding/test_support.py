"""What likeness and findings come to, by hand-computed figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from api.grounding.checks import Finding
from api.grounding.judging import OPPOSED, verdict_of
from api.grounding.support import Likeness, Support, fitted

MISSING, CONFLICT = Finding("Not there."), Finding("Otherwise.", conflicts=True)


def test_the_probability_is_logistic_in_what_was_measured() -> None:
    model = Support("by hand", -1.0, Likeness(2.0, 1.0, 0.5), threshold=0.5, partial=0.4)
    # −1 + 2 · .5 + 1 · .25 + .5 · .5 = .5
    assert model.probability(Likeness(0.5, 0.25, 0.5)) == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_a_sentence_repeated_is_supported_and_a_strange_one_is_not() -> None:
    assert fitted().probability(Likeness(1.0, 1.0, 1.0)) > 0.9
    assert fitted().probability(Likeness(0.1, 0.0, 0.0)) < 0.1


@pytest.mark.parametrize(
    ("support", "found", "verdict"),
    [
        (0.9, [], "supported"),
        (0.45, [], "partial"),
        (0.1, [], "unsupported"),
        (0.9, [MISSING], "partial"),
        (0.9, [MISSING, CONFLICT], "contradicted"),
        (0.45, [MISSING], "unsupported"),
        (0.45, [CONFLICT], "unsupported"),
        (0.1, [OPPOSED], "contradicted"),
    ],
)
def test_support_and_findings_make_a_verdict(
    support: float, found: Sequence[Finding], verdict: str
) -> None:
    assert verdict_of(support, found) == verdict
