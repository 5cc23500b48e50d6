"""A sentence of the source repeated with one word changed: a name, a figure, its sense."""

from __future__ import annotations

import pytest

from api.grounding.checks import findings
from api.grounding.checks.alignment import changes
from api.grounding.checks.finding import Ground


def problems(claim: str, source: str, language: str = "en", whole: str = "") -> list[str]:
    ground = Ground(source, f"{source}\n{whole}", language=language)
    return [found.problem for found in findings(claim, (), ground) if found.conflicts]


def test_only_a_sentence_that_repeats_most_of_another_is_laid_beside_it() -> None:
    source = "The two ministers met in Tokyo on Monday to talk about trade."
    [change] = changes("The two ministers met in Kyoto on Monday to talk about trade.", source)
    assert [word.text for word in change.source] == ["Tokyo"]
    assert [word.text for word in change.claim] == ["Kyoto"]
    assert changes("Trade was on the agenda in Kyoto.", source) == []


def test_a_name_of_the_same_article_in_the_place_of_another_is_told() -> None:
    source = "At noon the minister Hegseth met his guest Koizumi in the long hall."
    claim = "At noon the minister Koizumi met his guest Koizumi in the long hall."
    assert problems(claim, source) == ["Where the source has “Hegseth”, this has “Koizumi”."]


@pytest.mark.parametrize(
    ("claim", "source", "language"),
    [
        ("Rome has sent tents to the coast.", "Paris has sent tents to the coast.", "en"),
        ("Der Damm bei Remagen ist gebrochen.", "Der Damm bei Unkel ist gebrochen.", "de"),
        ("黒田総裁は会見で考えを示した。", "植田総裁は会見で考えを示した。", "ja"),
    ],
)
def test_names_are_told_where_capitals_say_little(claim: str, source: str, language: str) -> None:
    assert problems(claim, source, language)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The minister will not resign this year.", "The minister will resign this year."),
        ("The minister won't resign this year.", "The minister will resign this year."),
        ("Prices rose sharply in the spring.", "Prices fell sharply in the spring."),
        ("Der Pegel sank am Abend noch weiter.", "Der Pegel stieg am Abend noch weiter."),
        ("The bank may never raise its rate again.", "The bank may raise its rate again."),
    ],
)
def test_the_opposite_is_told(claim: str, source: str) -> None:
    assert problems(claim, source)


@pytest.mark.parametrize(
    ("claim", "source", "whole"),
    [
        ("The guest Mr. Koizumi flew home on time.", "The guest Koizumi flew home on time.", ""),
        (
            "Today Shinjiro Koizumi set out the plan in full.",
            "Today Mr. Koizumi set out the plan in full.",
            "The minister is Shinjiro Koizumi.",
        ),
        ("The ferry ran all winter.", "The ferry ran all winter, and has not missed a day.", ""),
        ("He set out the plan in full today.", "Koizumi set out the plan in full today.", ""),
        ("It rose by 3.5 percent over the year.", "It rose by 3.5% over the year.", ""),
    ],
)
def test_the_same_put_otherwise_is_not(claim: str, source: str, whole: str) -> None:
    assert problems(claim, source, whole=whole) == []
