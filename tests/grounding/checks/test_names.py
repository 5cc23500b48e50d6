"""Names: told by their capitals, and looked for in the whole article."""

from __future__ import annotations

import pytest

from api.grounding.checks.finding import Ground
from api.grounding.checks.names import check, names

WHOLE = (
    "Japan's new minister, Shinjiro Koizumi, met Pete Hegseth at the Pentagon. Japanese officials "
    "spoke of gross domestic product. Dr. Lúcia Peixoto of the U.S. agency was there."
)


def problems(claim: str, whole: str = WHOLE, language: str = "en") -> list[str]:
    return [found.problem for found in check(claim, Ground("", whole, language=language))]


def found(text: str, language: str = "en") -> list[str]:
    return [" ".join(word.text for word in run) for run in names(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Thursday they met Pete Hegseth in Washington.", ["Pete Hegseth", "Washington"]),
        ("Officials met Mr. Koizumi.", ["Koizumi"]),
        ("Kenji Morita left.", ["Kenji Morita"]),
        ("Officials left in January.", []),
        ("“Nobody spoke,” he said.", []),
    ],
)
def test_a_name_has_a_capital_where_no_sentence_begins(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_german_noun_is_no_name_for_its_capital() -> None:
    text = "Gestern sah ein Helfer mit dem Boot in Köln, wie Jutta Breuer die Wand prüfte."
    assert found(text, "de") == ["Köln", "Jutta Breuer"]


@pytest.mark.parametrize(
    "claim",
    [
        "The talks with Koizumi went well.",
        "The talks with Mr. Koizumi went well.",
        "The talks between Japanese and American ministers went well.",
        "The talks in Japan were on GDP.",
        "The talks with Dr. Lucia Peixoto went well.",
        "The talks with the United States went well.",
        "The talks at Hegseth's Pentagon went well.",
    ],
)
def test_a_name_in_another_form_is_backed(claim: str) -> None:
    assert problems(claim) == []


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("The talks with Koizuma went well.", "Koizuma"),
        ("The talks with Kenji Morita went well.", "Kenji Morita"),
        ("The talks with Shinjiro Abe went well.", "Shinjiro Abe"),
        ("The talks in China went well.", "China"),
    ],
)
def test_a_name_that_is_not_there_is_told(claim: str, name: str) -> None:
    assert problems(claim) == [f"The name {name} is not in the source."]


def test_a_name_in_katakana_is_looked_for_as_it_stands() -> None:
    assert problems("ベラミが上陸した。", "サイクロン「ベラミ」が上陸した。", "ja") == []
    assert problems("コレンが上陸した。", "サイクロン「ベラミ」が上陸した。", "ja")
