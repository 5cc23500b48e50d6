"""The language of articles that do not say it."""

from __future__ import annotations

import pytest

from indexer.loaders.languages import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The defence minister arrived in Washington on Thursday for talks."),
        ("de", "Der Verteidigungsminister ist am Donnerstag in Washington eingetroffen."),
        ("fr", "Le ministre de la défense est arrivé jeudi à Washington pour des entretiens."),
        ("ja", "日本の防衛大臣は木曜日にワシントンで会談した。南西諸島について話し合った。"),
        ("th", "รัฐมนตรีเดินทางถึงกรุงวอชิงตันในวันพฤหัสบดี"),
    ],
)
def test_the_language_of_a_sentence_is_detected(language: str, text: str) -> None:
    assert detect_language("", text) == language


def test_the_title_helps_a_short_text() -> None:
    assert detect_language("Der Minister reist am Donnerstag nach Köln", "So ist es.") == "de"


@pytest.mark.parametrize("text", ["Quake", "TOKYO", "12 34 56 78 90", "🙂" * 40, ""])
def test_too_little_text_has_no_language(text: str) -> None:
    assert detect_language("", text) is None


def test_letters_of_no_language_have_none() -> None:
    assert detect_language("", "asdf qwer zxcv uiop hjkl wxcv rtzu fghj") is None
