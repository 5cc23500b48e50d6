"""Tombstones: which articles of the segments of a generation are there no longer.

A withdrawn article leaves the interval of numbers that it and its passages had. Intervals never
overlap, and are kept in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Handles


@dataclass(frozen=True, slots=True, eq=False)
class Tombstones:
    """Half-open intervals of numbers, int64[n, 2], ascending: one for each withdrawn article."""

    intervals: NDArray[np.int64]

    @classmethod
    def read(cls, path: Path) -> Tombstones:
        """Those written by `write`."""
        return cls(np.load(path))

    def write(self, path: Path) -> None:
        """Write them to a file of their own."""
        np.save(path, self.intervals)

    def __len__(self) -> int:
        return len(self.intervals)

    @property
    def articles(self) -> Handles:
        """The numbers of the withdrawn articles."""
        return self.intervals[:, 0]

    @property
    def passages(self) -> int:
        """How many passages they had."""
        first, end = self.intervals.T
        return int((end - first - 1).sum())

    def adding(self, intervals: Iterable[tuple[int, int]]) -> Tombstones:
        """These and others."""
        added = np.array(sorted(intervals), np.int64).reshape(-1, 2)
        together = np.concatenate([self.intervals, added])
        return Tombstones(together[np.argsort(together[:, 0], kind="stable")])

    def within(self, first: int, end: int) -> Tombstones:
        """Those of articles with numbers from `first` up to, not including, `end`."""
        return Tombstones(self.intervals[self._inside(first, end)])

    def without(self, others: Tombstones) -> Tombstones:
        """Those that are not among the others."""
        return Tombstones(self.intervals[~np.isin(self.articles, others.articles)])

    def cover(self, numbers: Handles) -> NDArray[np.bool_]:
        """Which of these articles or passages are withdrawn, bool[n]."""
        if not len(self):
            return np.zeros(len(numbers), np.bool_)
        place = np.searchsorted(self.articles, numbers, side="right") - 1
        inside: NDArray[np.bool_] = (place >= 0) & (numbers < self.intervals[place, 1])
        return inside

    def _inside(self, first: int, end: int) -> NDArray[np.bool_]:
        return (self.articles >= first) & (self.articles < end)


NONE_WITHDRAWN = Tombstones(np.empty((0, 2), np.int64))
