"""Pack units of a text into runs that cost no more than a budget, and keep together what belongs.

Neighbouring paragraphs are joined as long as they fit together. One that does not fit is packed
by itself, line by line, and a line that does not fit, sentence by sentence: no run holds the end
of a paragraph and the beginning of the next. Finding the answers of a benchmark is what decided
so (docs/chunking.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch that is not cut any further, and the tokens it costs."""

    start: int
    end: int
    tokens: int


Units: TypeAlias = Sequence[Unit]


class Break(IntEnum):
    """What parts two units; a larger one parts more."""

    SENTENCE = 0
    LINE = 1
    PARAGRAPH = 2


def breaks(text: str, units: Units, line_ends: Collection[int]) -> dict[int, Break]:
    """What parts each unit but the last from the next one, by where the unit ends.

    `line_ends` are where lines end that mean more than a space.
    """
    return {
        left.end: _break(text[left.end : right.start]) if left.end in line_ends else Break.SENTENCE
        for left, right in pairwise(units)
    }


def packed(
    units: Units, parted_by: Mapping[int, Break], room: int, overlap: int = 0
) -> Iterator[Units]:
    """Runs of units that cost at most `room` each; a unit dearer than that is alone.

    A run begins with the last units of the one before that cost no more than `overlap`, as far as
    there is room and both are of one paragraph or of joined ones.
    """

    def finer(group: Units, level: Break) -> Iterator[Units]:
        for run in joined(_parted(group, parted_by, level), room, overlap):
            if level is Break.SENTENCE or tokens_of(run) <= room:
                yield run
            else:
                yield from finer(run, Break(level - 1))

    yield from finer(units, Break.PARAGRAPH)


def joined(groups: Iterable[Units], room: int, overlap: int = 0) -> Iterator[Units]:
    """Neighbouring groups together, each run as far as it goes; a group is never cut."""
    run: Units = ()
    used = 0
    for group in groups:
        price = tokens_of(group)
        if run and used + price > room:
            yield run
            run = _tail(run, min(overlap, room - price))
            used = tokens_of(run)
        run = (*run, *group)
        used += price
    if run:
        yield run


def tokens_of(units: Units) -> int:
    """The tokens of all of them."""
    return sum(unit.tokens for unit in units)


def _break(gap: str) -> Break:
    # Without a character behind it, the last line break would end a line and begin none.
    return Break.PARAGRAPH if len((gap + "x").splitlines()) > 2 else Break.LINE


def _parted(units: Units, parted_by: Mapping[int, Break], level: Break) -> Iterator[Units]:
    """The units in groups, which end where a break of `level` or a larger one follows."""
    first = 0
    for place, unit in enumerate(units, start=1):
        if place == len(units) or parted_by[unit.end] >= level:
            yield units[first:place]
            first = place


def _tail(run: Units, tokens: int) -> Units:
    """The units at the end of a run that cost no more than `tokens` together."""
    kept = len(run)
    while kept and run[kept - 1].tokens <= tokens:
        kept -= 1
        tokens -= run[kept].tokens
    return run[kept:]
