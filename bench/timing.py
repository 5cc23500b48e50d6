"""Times: taking them, and what is told of many."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the tail of many values."""

    p50: float
    p95: float
    p99: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    p50, p95, p99 = (percentile(values, share) for share in (0.5, 0.95, 0.99))
    return Spread(p50, p95, p99, len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed, one of them."""
    return sorted(values)[round(share * (len(values) - 1))]


def milliseconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


def alternate(rounds: int, *runs: Callable[[], object]) -> list[float]:
    """Median seconds of each run, taken in turns after one warm-up round."""
    for run in runs:
        run()
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, measured in zip(runs, taken, strict=True):
            measured.append(milliseconds(run) / 1000)
    return [median(measured) for measured in taken]
