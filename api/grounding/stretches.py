"""Hits as stretches to read: said once where several say it, and neighbours as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from api.grounding.checks.figures import figures
from api.grounding.likeness import Shingles, alike, contains, shingles
from api.search.query import Hit
from indexer.documents import Article, Passage, Span

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an article with its passages, in reading order; `also` says nearly the same.

    `focus` is the sentence of it that answers best.
    """

    article: Article
    span: Span
    passages: tuple[Passage, ...]
    focus: Span
    also: tuple[Article, ...] = ()

    def within(self, span: Span) -> Stretch:
        """As much of the stretch as `span` covers."""
        covered = tuple(
            passage
            for passage in self.passages
            if passage.start < span.end and span.start < passage.end
        )
        return replace(self, span=span, passages=covered)


def distinct(hits: Sequence[Hit]) -> list[Stretch]:
    """The hits, best first: what several articles say is given once, as its newest has it.

    Where a figure of one is another in the other, both are given: they do not say the same.
    """
    kept: list[tuple[Shingles, Stretch]] = []
    for hit in hits:
        own, stretch = shingles(hit.passage.text), _stretch(hit)
        for place, (letters, other) in enumerate(kept):
            if stretch.article.id == other.article.id:
                continue
            same, part = alike(letters, own), contains(letters, own)
            if (same or part) and _agree(hit.passage.text, other.passages[0].text):
                kept[place] = (
                    _newer((letters, other), (own, stretch))
                    if same
                    else (letters, _with(other, stretch.article))
                )
                break
        else:
            kept.append((own, stretch))
    return [stretch for _, stretch in kept]


def merged(found: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of one article that touch or overlap as one, in the place of the best of them."""
    together: list[Stretch] = []
    for stretch in found:
        place = len(together)
        for at in reversed(range(len(together))):
            if _touch(together[at], stretch):
                stretch = _joined(together.pop(at), stretch)
                place = at
        together.insert(place, stretch)
    return together


def _stretch(hit: Hit) -> Stretch:
    span = Span(hit.passage.start, hit.passage.end)
    focus = hit.highlights[0] if hit.highlights else span
    return Stretch(hit.article, span, (hit.passage,), focus)


def _agree(one: str, other: str) -> bool:
    """Whether no figure of two texts has taken the place of another: one may leave some out."""
    ours, theirs = ({figure.values for figure in figures(text)} for text in (one, other))
    return ours <= theirs or theirs <= ours


def _newer(
    one: tuple[Shingles, Stretch], other: tuple[Shingles, Stretch]
) -> tuple[Shingles, Stretch]:
    """The newer of two stretches that say the same, with the article of the other beside it."""
    older, newer = sorted((other, one), key=lambda each: each[1].article.published_at or _NEVER)
    also = (*older[1].also, older[1].article)
    return newer[0], _with(newer[1], *also)


def _with(stretch: Stretch, *articles: Article) -> Stretch:
    """The stretch with more articles that say the same, each once."""
    by_id = {article.id: article for article in (*stretch.also, *articles)}
    by_id.pop(stretch.article.id, None)
    return replace(stretch, also=tuple(by_id.values()))


def _touch(one: Stretch, other: Stretch) -> bool:
    if one.article.id != other.article.id:
        return False
    first, second = sorted((one.span, other.span), key=lambda span: span.start)
    return not one.article.text[first.end : second.start].strip()


def _joined(better: Stretch, other: Stretch) -> Stretch:
    span = Span(min(better.span.start, other.span.start), max(better.span.end, other.span.end))
    passages = {passage.id: passage for passage in (*better.passages, *other.passages)}
    ordered = tuple(sorted(passages.values(), key=lambda passage: passage.start))
    joined = replace(better, span=span, passages=ordered)
    return _with(joined, *other.also)
