"""Where a citation that was saved stands today: articles are corrected, moved about, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import regex

from api.grounding.likeness import shingles
from api.grounding.numbered import digest_of
from indexer.documents import Article, Span
from indexer.sentences import sentences

Standing = Literal["exact", "moved", "changed", "gone"]

# What is left of a text counts as the same passage, changed, from this share of its words on.
STILL_THE_SAME = 0.5
# A digest alone is compared with every stretch of its length; more letters than this take a second.
MOST_DIGESTED = 30_000_000

_WORD = regex.compile(
    r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Thai}|[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{N}]"
)


class QuoteNeeded(Exception):
    """The article is too long to find a text in it by its digest."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A citation as it was given out: where it stood, and the text or its digest, or both."""

    span: Span
    quote: str | None
    sha256: str | None

    def is_text(self, text: str) -> bool:
        """Whether `text` is what was cited."""
        if self.quote is not None:
            return text == self.quote
        return digest_of(text) == self.sha256


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a citation; `span` is where it stands today, None where nowhere.

    Under `exact` and `moved` the very same text stands there, in `places` places; under `changed`
    the stretch most like it, `similarity` of 1.
    """

    standing: Standing
    span: Span | None = None
    places: int = 0
    similarity: float | None = None


GONE = Resolved("gone")


def resolve(article: Article | None, saved: Saved) -> Resolved:
    """Where `saved` stands in today's `article`, None if there is none; raises QuoteNeeded."""
    if article is None:
        return GONE
    same = _same(article.text, saved)
    if same:
        # Nothing tells one from another that says the same, but how far it is from the old place.
        nearest = min(same, key=lambda start: abs(start - saved.span.start))
        span = Span(nearest, nearest + saved.span.end - saved.span.start)
        return Resolved("exact" if span == saved.span else "moved", span, len(same), 1.0)
    if saved.quote is None:
        return Resolved("changed")
    return _most_alike(article, saved.quote)


def _same(text: str, saved: Saved) -> list[int]:
    """Where the very text that was cited begins."""
    if saved.quote is not None:
        return list(_places(text, saved.quote))
    if saved.is_text(saved.span.of(text)):
        return [saved.span.start]
    length = saved.span.end - saved.span.start
    starts = range(len(text) - length + 1)
    if len(starts) * length > MOST_DIGESTED:
        raise QuoteNeeded
    return [start for start in starts if saved.is_text(text[start : start + length])]


def _places(text: str, quote: str) -> Iterator[int]:
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _most_alike(article: Article, quote: str) -> Resolved:
    """The run of sentences that has most of the quote's words in their order, if it is half."""
    asked, letters = _WORD.findall(quote), shingles(quote)
    found = sentences(article.text, article.language)
    wanted = len(sentences(quote, article.language))
    best = GONE
    for span in _runs(found, wanted):
        text = span.of(article.text)
        # Cheaper than comparing word by word, and never less.
        if not letters & shingles(text):
            continue
        share = SequenceMatcher(None, asked, _WORD.findall(text), autojunk=False).ratio()
        if share >= STILL_THE_SAME and share > (best.similarity or 0.0):
            best = Resolved("changed", span, 0, share)
    return best


def _runs(found: list[Span], wanted: int) -> Iterator[Span]:
    """Runs of about as many sentences as the quote has, in order."""
    for first in range(len(found)):
        for length in range(max(1, wanted - 1), wanted + 2):
            if first + length <= len(found):
                yield Span(found[first].start, found[first + length - 1].end)
