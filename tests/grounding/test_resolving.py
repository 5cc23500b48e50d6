"""A saved citation points at the very text that was cited, or says that it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.grounding import resolving
from api.grounding.likest import STILL_THE_SAME
from api.grounding.numbered import digest_of
from api.grounding.resolving import GONE, QuoteNeeded, Resolved, Saved, resolve
from indexer.documents import Article, Span

TEXT = (
    "The ferry left late on Monday. 🛰 Nobody had told the pilots of the change. "
    "The harbour was empty by noon."
)
PILOTS = "Nobody had told the pilots of the change."


def article(text: str) -> Article:
    return Article("a", "A title", text, language="en")


def cited(text: str, quote: str, *, by_digest: bool = False) -> Saved:
    start = text.index(quote)
    span = Span(start, start + len(quote))
    return Saved(span, None if by_digest else quote, digest_of(quote))


def test_what_stands_where_it_stood_is_exact() -> None:
    assert resolve(article(TEXT), cited(TEXT, PILOTS)) == Resolved(
        "exact", Span(33, 33 + len(PILOTS)), 1, 1.0
    )


@pytest.mark.parametrize("by_digest", [True, False])
def test_what_stands_elsewhere_has_moved(by_digest: bool) -> None:
    today = f"CORRECTED. {TEXT}"
    found = resolve(article(today), cited(TEXT, PILOTS, by_digest=by_digest))
    assert (found.standing, found.places) == ("moved", 1)
    assert found.span
    assert found.span.of(today) == PILOTS


def test_of_several_the_nearest_to_the_old_place_is_given() -> None:
    today = f"{PILOTS} Then: {TEXT} And: {PILOTS}"
    found = resolve(article(today), cited(TEXT, PILOTS))
    assert (found.standing, found.places) == ("moved", 3)
    assert found.span == Span(0, len(PILOTS))


def test_what_was_edited_is_changed_and_its_sentence_is_given() -> None:
    today = TEXT.replace("the pilots of the change", "the captains of the change")
    found = resolve(article(f"Corrected. {today}"), cited(TEXT, PILOTS))
    assert found.standing == "changed"
    assert found.span
    assert found.span.of(f"Corrected. {today}") == "🛰 Nobody had told the captains of the change."
    assert found.similarity
    assert 0.5 <= found.similarity < 1


def test_of_what_is_changed_a_digest_alone_finds_nothing() -> None:
    today = TEXT.replace("pilots", "captains")
    assert resolve(article(today), cited(TEXT, PILOTS, by_digest=True)) == Resolved("changed")


def test_what_was_taken_out_is_gone() -> None:
    today = TEXT.replace(f"🛰 {PILOTS} ", "")
    assert resolve(article(today), cited(TEXT, PILOTS)) == GONE


def test_with_its_article_everything_is_gone() -> None:
    assert resolve(None, cited(TEXT, PILOTS)) == GONE


def test_sentences_that_grew_together_are_found() -> None:
    both = "The ferry left late on Monday. 🛰 Nobody had told the pilots of the change."
    today = TEXT.replace("Monday. 🛰 Nobody", "Monday; nobody")
    found = resolve(article(today), cited(TEXT, both))
    assert found.standing == "changed"
    assert found.span == Span(0, today.index(" The harbour"))


def test_texts_without_spaces_are_found_when_changed() -> None:
    before = "会談は木曜日に行われた。両国は演習の継続で合意した。次回は三月に開かれる。"
    today = before.replace("演習の継続", "演習の拡大")
    found = resolve(
        Article("a", "", today, language="ja"), cited(before, "両国は演習の継続で合意した。")
    )
    assert found.standing == "changed"
    assert found.span
    assert found.span.of(today) == "両国は演習の拡大で合意した。"


def test_a_long_article_wants_the_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "MOST_DIGESTED", 100)
    with pytest.raises(QuoteNeeded):
        resolve(article("x" * 200), cited(TEXT, PILOTS, by_digest=True))
    assert resolve(article("x" * 200), cited(TEXT, PILOTS)) == GONE


PIECES = st.sampled_from(
    ["The ferry left. ", "Nobody came! ", "é\u0301🛰 ", "港は空だった。", "\n\n", "a", " "]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map("".join) | st.text(min_size=1, max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, Span, str]:
    """A text, a span of it, and the text after some edits."""
    before = draw(TEXTS)
    start = draw(st.integers(0, len(before) - 1))
    end = draw(st.integers(start + 1, len(before)))
    today = before
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(today)))
        to = draw(st.integers(at, min(len(today), at + 10)))
        today = today[:at] + draw(st.text(max_size=5) | PIECES) + today[to:]
    return before, Span(start, end), today


@given(edit=edited(), by_digest=st.booleans())
def test_exact_and_moved_are_the_very_text_whatever_was_edited(
    edit: tuple[str, Span, str], by_digest: bool
) -> None:
    before, span, today = edit
    quote = span.of(before)
    saved = Saved(span, None if by_digest else quote, digest_of(quote))
    found = resolve(article(today), saved)
    if found.standing in ("exact", "moved"):
        assert found.span
        assert found.span.of(today) == quote
        assert (found.standing == "exact") == (found.span == span)
    else:
        assert quote not in today
        assert found.span is None or found.span.of(today).strip()
    if span.of(today) == quote:
        assert found.standing == "exact"


@given(edit=edited())
def test_a_changed_stretch_is_a_stretch_of_today(edit: tuple[str, Span, str]) -> None:
    before, span, today = edit
    found = resolve(article(today), Saved(span, span.of(before), None))
    if found.standing == "changed":
        assert found.span
        assert 0 <= found.span.start < found.span.end <= len(today)
        assert found.similarity
        assert STILL_THE_SAME <= found.similarity <= 1
