"""Numbers of a claim are those of its evidence, however they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from api.grounding.checks.figures import Figure, figures
from api.grounding.checks.finding import Finding, Ground
from api.grounding.checks.words import listed
from indexer.documents import Span

# After one of these, a rounder number may stand for a more exact one.
_HEDGES = listed(
    """about around some nearly almost roughly approximately over under least than
    etwa rund knapp fast ungefähr circa ca mehr über environ près quelque plus presque 約"""
)
_ROUNDED = 0.05


def check(claim: str, dates: Sequence[Span], ground: Ground) -> Iterator[Finding]:
    """A finding for each number of a claim that its evidence has not; `dates` are passed over.

    It conflicts when the nearest sentence has another number of the same kind that the claim
    does not repeat.
    """
    claimed = [each for each in figures(claim) if not _within(each, dates)]
    if not claimed:
        return
    best = figures(ground.best)
    everywhere = [*best, *_all_figures(ground.whole)]
    free = [each for each in best if not any(each.equals(own) for own in claimed)]
    for figure in claimed:
        if any(each.backs(figure) for each in best):
            continue
        rivals = [each for each in free if figure.comparable(each) or figure.values & each.values]
        alike = any(each.head and _alike(each.head, figure.head) for each in rivals)
        if _vague(figure, claim) and not alike:
            continue
        backed = any(each.backs(figure) for each in everywhere) or _is_year_of(figure, ground)
        if (backed and not alike) or any(_rounds(claim, figure, each) for each in everywhere):
            continue
        yield Finding(_problem(claim, figure, rivals, ground.best), bool(rivals))


@lru_cache(maxsize=64)
def _all_figures(text: str) -> tuple[Figure, ...]:
    return tuple(figures(text))


def _problem(claim: str, figure: Figure, rivals: Sequence[Figure], best: str) -> str:
    said = figure.span.of(claim)
    if not rivals:
        return f"The number {said} is not in the source."
    # The one that counts the same thing, if any.
    rival = next((r for r in rivals if r.head and _alike(r.head, figure.head)), rivals[0])
    return f"The number {said} is not in the source, which has {rival.span.of(best)}."


def _vague(figure: Figure, claim: str) -> bool:
    """Whether it may be no number at all: one of them, at first, 一時."""
    return max(figure.values) == 1 and not any(map(str.isdigit, figure.span.of(claim)))


def _is_year_of(figure: Figure, ground: Ground) -> bool:
    """Whether it is the year the article appeared in, which nobody writes into a report."""
    return any(published.year in figure.values for published in ground.published)


def _rounds(claim: str, figure: Figure, exact: Figure) -> bool:
    before = claim[: figure.span.start].split()
    if not before or before[-1].casefold() not in _HEDGES or not figure.comparable(exact):
        return False
    return any(
        len(own.normalize().as_tuple().digits) < len(other.normalize().as_tuple().digits)
        and abs(float(own) - float(other)) <= _ROUNDED * abs(float(other))
        for own in figure.values
        for other in exact.values
    )


def _alike(head: str, other: str | None) -> bool:
    return other is not None and (head == other or (len(head) > 3 and head[:-1] == other[:-1])
                                  or head + "s" == other or other + "s" == head)  # fmt: skip


def _within(figure: Figure, spans: Sequence[Span]) -> bool:
    return any(span.start <= figure.span.start < span.end for span in spans)
