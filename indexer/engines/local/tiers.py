"""Which segments to merge: pure functions over their sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# So many neighbours of one tier make a segment of the next: every passage is copied once a tier.
FAN = 4
# Segments up to this size are of the lowest tier, in passages.
SMALLEST = 256
# With a greater share of withdrawn articles, a segment above that size is written anew.
SPARSE = 0.3


@dataclass(frozen=True, slots=True)
class Size:
    """Articles and passages written to a segment, and those of each that are live."""

    articles: int
    live: int
    written: int
    passages: int

    @property
    def is_sparse(self) -> bool:
        """Whether writing it anew pays; small ones are merged with their neighbours soon."""
        return self.written > SMALLEST and self.articles - self.live > SPARSE * self.articles


@dataclass(frozen=True, slots=True)
class Plan:
    """How to choose the neighbours to merge, none of them twice.

    The lexical index is written anew when more than `least` passages in it are withdrawn, and more
    than the share `sparse`.
    """

    choose: Callable[[Sequence[Size]], list[slice]]
    sparse: float
    least: int


def tiered(sizes: Sequence[Size]) -> list[slice]:
    """Runs of neighbours of which FAN are of one tier and none above it, and what is sparse.

    Log-structured merging (P. O'Neil et al.: The Log-Structured Merge-Tree, Acta Informatica
    1996) in tiers that grow by a factor of FAN.
    """
    tiers = [_tier(size.passages) for size in sizes]
    found: list[slice] = []
    for tier in sorted(set(tiers)):
        small = [own <= tier and not _taken(n, found) for n, own in enumerate(tiers)]
        found += [run for run in _stretches(small) if tiers[run].count(tier) >= FAN]
    found += [
        slice(n, n + 1) for n, size in enumerate(sizes) if size.is_sparse and not _taken(n, found)
    ]
    return sorted(found, key=lambda run: run.start)


def into_one(sizes: Sequence[Size]) -> list[slice]:
    """All of them, unless there is one and nothing in it was withdrawn."""
    if len(sizes) > 1 or any(size.live < size.articles for size in sizes):
        return [slice(0, len(sizes))]
    return []


TIERED = Plan(tiered, SPARSE, SMALLEST)
WHOLE = Plan(into_one, 0.0, 0)


def _tier(passages: int) -> int:
    tier, size = 0, SMALLEST
    while passages > size:
        tier, size = tier + 1, size * FAN
    return tier


def _taken(place: int, runs: Sequence[slice]) -> bool:
    return any(run.start <= place < run.stop for run in runs)


def _stretches(belongs: Sequence[bool]) -> Iterator[slice]:
    """The stretches of neighbours that belong."""
    start = 0
    for place, each in enumerate([*belongs, False]):
        if not each:
            if place > start:
                yield slice(start, place)
            start = place + 1
