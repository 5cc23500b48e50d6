"""The language of articles that do not say it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from indexer.errors import ResourcesExhausted, TemporaryUnusable
from indexer.loaders import load
from indexer.loaders.languages import _identifier, detect_language
from tests.descriptors import descriptors_left
from tests.loaders.reading import collect


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


def test_an_article_is_not_left_out_for_want_of_room_to_detect_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ice.txt").write_text("The lake froze over on Monday, for the first time in years.")
    _identifier.cache_clear()
    with monkeypatch.context() as full:
        full.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(TemporaryUnusable, match="TMPDIR"):
            collect(load([tmp_path]))
    [article] = collect(load([tmp_path])).articles
    assert article.language == "en"


def test_what_lacks_to_detect_a_language_may_be_descriptors() -> None:
    _identifier.cache_clear()
    with descriptors_left(0), pytest.raises(ResourcesExhausted):
        detect_language("", "The lake froze over on Monday, for the first time in years.")
