"""With a model that judges, its reading takes the place of likeness; the checks stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from api.app import open_judge
from api.grounding.verdict import Checked, Cited
from api.grounding.verification import Verifier
from api.resources.serving import current_searcher
from api.settings import ApiSettings
from indexer.documents import Span
from indexer.vectors import Vectors
from tests.encoders import tiny
from tests.http.newsroom import DEFENCE

WHOLE = Cited(DEFENCE, Span(0, len(DEFENCE.text)))


class DecidedJudge:
    """Stands in for a model; has its mind made up, and remembers what it was shown."""

    def __init__(self, *shares: float) -> None:
        self._shares = shares
        self.shown: list[tuple[str, str]] = []

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> Vectors:
        self.shown += pairs
        return np.array([self._shares] * len(pairs), np.float32)


def checked(app: Flask, judge: DecidedJudge, answer: str) -> Checked:
    with app.app_context():
        [found] = Verifier(current_searcher(), judge).verify(answer, [WHOLE])
    return found


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.9, 0.1, 0.0), "supported"),
        ((0.1, 0.8, 0.1), "unsupported"),
        ((0.1, 0.2, 0.7), "contradicted"),
    ],
)
def test_its_word_decides(app: Flask, shares: tuple[float, ...], verdict: str) -> None:
    found = checked(app, DecidedJudge(*shares), "The two ministers met on Thursday.")
    assert found.verdict == verdict
    assert found.support == pytest.approx(shares[0])


def test_what_it_says_against_a_claim_is_told(app: Flask) -> None:
    found = checked(app, DecidedJudge(0.1, 0.2, 0.7), "The two ministers met on Thursday.")
    assert found.problems == ("The model that judges says that the source says otherwise.",)


def test_the_checks_have_their_say_all_the_same(app: Flask) -> None:
    found = checked(app, DecidedJudge(0.9, 0.1, 0.0), "The two ministers met on Friday.")
    assert found.verdict == "contradicted"


def test_it_is_shown_the_evidence_and_the_claim_without_its_marker(app: Flask) -> None:
    judge = DecidedJudge(0.9, 0.1, 0.0)
    checked(app, judge, "The two ministers met on Thursday [1].")
    [(evidence, claim)] = judge.shown
    assert "The two ministers met on Thursday." in evidence
    assert "[1]" not in claim


def test_the_judge_is_the_model_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    model = tiny.cross_bert(tmp_path, names=("neutral", "entailment", "contradiction"))
    judge = open_judge(ApiSettings(nli=str(model)))
    assert judge is not None
    shares = judge.probabilities([("it rained", "rain")])
    assert shares.sum() == pytest.approx(1)
    assert open_judge(ApiSettings()) is None
