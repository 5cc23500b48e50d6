"""What an edit has left of a passage is found, in time, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.grounding.likest import _Sought, likest
from indexer.documents import Article, Span
from indexer.engines.base import NO_FILTERS
from indexer.engines.local import LocalEngine
from indexer.sentences import sentences

TEXT = (
    "The ferry left late on Monday, and nobody had told the pilots of the new timetable. "
    "The harbour was empty by noon. Schools stayed shut."
)
ARTICLE = Article("a", "A title", TEXT, language="en")


def found_in(article: Article, text: str, near: int = 0) -> str | None:
    likeness = likest(article, text, near)
    return likeness.span.of(article.text) if likeness else None


def test_whole_sentences_are_given_with_all_their_marks() -> None:
    assert found_in(ARTICLE, "By noon the harbour was empty.") == "The harbour was empty by noon."


def test_the_share_is_of_the_words_in_their_order() -> None:
    likeness = likest(ARTICLE, "Schools stayed open.", 0)
    assert likeness
    assert likeness.share == 2 * 2 / (3 + 3)


def test_of_a_small_part_of_a_sentence_that_much_is_given() -> None:
    assert found_in(ARTICLE, "told the captains of") == "told the pilots of"


@pytest.mark.parametrize(
    "text", ["Parliament voted for the budget.", "the ferries", "nobody at all", "…", "?!"]
)
def test_what_is_not_half_there_is_not_found(text: str) -> None:
    assert likest(ARTICLE, text, 0) is None


@pytest.mark.parametrize("today", ["", " ", "…", "\n\n—"])
def test_an_article_without_a_word_has_nothing_like_it(today: str) -> None:
    assert likest(replace(ARTICLE, text=today), "The harbour was empty.", 0) is None


def test_of_equals_the_nearest_is_given() -> None:
    twice = replace(ARTICLE, text="The bridge is shut. Trains run. The bridge is open. Rain fell.")
    assert found_in(twice, "The bridge is closed.", 0) == "The bridge is shut."
    assert found_in(twice, "The bridge is closed.", 32) == "The bridge is open."


def test_an_article_made_to_be_compared_everywhere_is_compared_where_it_is_likeliest() -> None:
    # As many runs as there are sentences have all the words, and none has them in order.
    made = replace(ARTICLE, text="d c b a e. " * 3000)
    likeness = likest(made, "A b c d e. " * 200, 0)
    assert likeness is None or likeness.span.end <= len(made.text)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=9)


@given(one=st.lists(st.sampled_from("abcd"), min_size=1, max_size=9), other=WORDS)
def test_words_in_order_are_counted_as_the_textbook_does(one: list[str], other: list[str]) -> None:
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one, 1):
        for j, right in enumerate(other, 1):
            same = lengths[i - 1][j - 1] + 1
            apart = max(lengths[i - 1][j], lengths[i][j - 1])
            lengths[i][j] = same if left == right else apart
    assert _Sought(" ".join(one)).in_order(other) == lengths[-1][-1]


@pytest.fixture(scope="module")
def sentences_of_samples(seeds_index: Path) -> list[tuple[Article, Span]]:
    """Every third sentence of the sample articles, but those of a few words."""
    snapshot = LocalEngine(seeds_index).snapshot()
    listed = [
        (article, span)
        for article in snapshot.articles(NO_FILTERS, 0, 100)
        for span in sentences(article.text, article.language)
        if span.end - span.start > 40
    ]
    snapshot.close()
    return listed[::3]


def edits(listed: list[tuple[Article, Span]]) -> Iterator[tuple[str, Article, Span]]:
    """Each sentence with an article in which its middle is another, and where it is there."""
    note = "CORRECTED. "
    for article, span in listed:
        text, middle = article.text, (span.start + span.end) // 2
        today = f"{note}{text[:middle]} another {text[middle + 3 :]}"
        grown = len(today) - len(text)
        now = Span(span.start + len(note), span.end + grown)
        yield span.of(text), replace(article, text=today), now


def test_sentences_of_the_samples_are_found_when_edited(
    sentences_of_samples: list[tuple[Article, Span]],
) -> None:
    wrong = []
    for text, today, now in edits(sentences_of_samples):
        likeness = likest(today, text, now.start)
        if not (likeness and likeness.span.start < now.end and now.start < likeness.span.end):
            wrong.append(text)
    assert len(sentences_of_samples) > 150
    assert len(wrong) <= len(sentences_of_samples) // 50, wrong


def test_sentences_of_the_samples_that_were_taken_out_are_not_found_elsewhere(
    sentences_of_samples: list[tuple[Article, Span]],
) -> None:
    wrong = []
    for article, span in sentences_of_samples:
        today = article.text[: span.start] + article.text[span.end :]
        if likest(replace(article, text=today), span.of(article.text), span.start):
            wrong.append(span.of(article.text))
    assert len(wrong) <= len(sentences_of_samples) // 50, wrong
