"""The reranker seam: a query and passages in, a score for each passage out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from indexer.errors import DatelineError


class RerankerFailed(DatelineError):
    """A reranker that could not score the passages, or not in time; the fused order stands."""


class Reranker(Protocol):
    """Reads the query together with each passage; slower than fusion, and more exact."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    def scores(self, query: str, passages: Sequence[str], deadline: float) -> list[float]:
        """One finite score a passage, in the order given; higher is better.

        `deadline` is on the clock of `time.monotonic`. Raises RerankerFailed when it passes or
        when anything else is wrong: never some of the scores.
        """
