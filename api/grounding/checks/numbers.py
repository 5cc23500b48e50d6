"""Numbers of a claim are those of its evidence, however they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

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
# A sentence of more numbers is a table, where one more tells nothing.
_MOST_RIVALS = 100


def check(claim: str, dates: Sequence[Span], ground: Ground) -> Iterator[Finding]:
    """A finding for each number of a claim that its evidence has not; `dates` are passed over.

    It conflicts when the nearest sentence has another number of the same kind that the claim
    does not repeat.
    """
    dated = {at for span in dates for at in range(span.start, span.end)}
    claimed = [each for each in figures(claim) if each.span.start not in dated]
    if not claimed:
        return
    nearest = figures(ground.best)
    best, everywhere = _grouped(nearest), _by_value(ground.whole)
    own = _grouped(claimed)
    free = [
        each
        for each in nearest[:_MOST_RIVALS]
        if not any(each.equals(other) for other in _sharing(own, each))
    ]
    for figure in claimed:
        if _is_backed(figure, best):
            continue
        rivals = [each for each in free if figure.comparable(each) or figure.values & each.values]
        alike = any(each.head and _alike(each.head, figure.head) for each in rivals)
        if _vague(figure, claim) and not alike:
            continue
        backed = _is_backed(figure, everywhere) or _is_year_of(figure, ground)
        if (backed and not alike) or _rounds(claim, figure, (*best.values(), *everywhere.values())):
            continue
        yield Finding(_problem(claim, figure, rivals, ground.best), bool(rivals))


_ByValue: TypeAlias = Mapping[Decimal, Sequence[Figure]]


@lru_cache(maxsize=64)
def _by_value(text: str) -> _ByValue:
    """The numbers of a text by what they may come to: articles of tables have thousands."""
    return _grouped(figures(text))


def _grouped(found: Iterable[Figure]) -> _ByValue:
    grouped: dict[Decimal, list[Figure]] = defaultdict(list)
    for figure in found:
        for value in figure.values:
            grouped[value].append(figure)
    return grouped


def _sharing(grouped: _ByValue, figure: Figure) -> Iterator[Figure]:
    """Those that may come to the same."""
    return chain.from_iterable(grouped.get(value, ()) for value in figure.values)


def _is_backed(figure: Figure, grouped: _ByValue) -> bool:
    return any(each.backs(figure) for each in _sharing(grouped, figure))


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


def _rounds(claim: str, figure: Figure, exact: Iterable[Sequence[Figure]]) -> bool:
    """Whether a number is said to be about one of these, and is."""
    before = claim[: figure.span.start].split()
    if not before or before[-1].casefold() not in _HEDGES:
        return False
    return any(
        figure.comparable(other) and _is_rounder(own, value)
        for other in chain.from_iterable(exact)
        for own in figure.values
        for value in other.values
    )


def _is_rounder(own: Decimal, exact: Decimal) -> bool:
    near = abs(float(own) - float(exact)) <= _ROUNDED * abs(float(exact))
    return near and _digits(own) < _digits(exact)


def _digits(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _alike(head: str, other: str | None) -> bool:
    return other is not None and (head == other or (len(head) > 3 and head[:-1] == other[:-1])
                                  or head + "s" == other or other + "s" == head)  # fmt: skip
