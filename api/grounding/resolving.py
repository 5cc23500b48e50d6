"""Where a citation that was saved stands today: articles are corrected, moved about, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.grounding.likest import likest
from api.grounding.numbered import digest_of
from indexer.documents import Article, Span

Standing = Literal["exact", "moved", "changed", "gone"]

# A digest alone is compared with every stretch of its length; more letters than this take a second,
# beginning each taking as long as so many letters do.
MOST_DIGESTED, BEGUN = 200_000_000, 500


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
    likeness = likest(article, saved.quote, saved.span.start)
    if likeness is None:
        return GONE
    return Resolved("changed", likeness.span, 0, likeness.share)


def _same(text: str, saved: Saved) -> list[int]:
    """Where the very text that was cited begins."""
    if saved.quote is not None:
        return list(_places(text, saved.quote))
    if saved.is_text(saved.span.of(text)):
        return [saved.span.start]
    length = saved.span.end - saved.span.start
    starts = range(len(text) - length + 1)
    if len(starts) * (BEGUN + length) > MOST_DIGESTED:
        raise QuoteNeeded
    return [start for start in starts if saved.is_text(text[start : start + length])]


def _places(text: str, quote: str) -> Iterator[int]:
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)
