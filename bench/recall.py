"""How much of what is nearest a served index finds, against a scan of all its vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import EVERYTHING, Handles, Snapshot
from indexer.vectors import Vectors

K = 10
_BATCH = 8192


def recall(snapshot: Snapshot, asked: Vectors, depth: int) -> float:
    """The mean share of the ten nearest passages among the first ten of `depth` candidates."""
    found = [snapshot.dense(vector, depth, EVERYTHING).handles[:K] for vector in asked]
    wanted = nearest(snapshot, asked)
    shares = [
        len(np.intersect1d(own, right)) / len(right)
        for own, right in zip(found, wanted, strict=True)
    ]
    return float(np.mean(shares))


def nearest(snapshot: Snapshot, asked: Vectors) -> Handles:
    """Handles of the ten nearest passages of each question, int64[n, 10], in no order."""
    handles = np.empty((len(asked), 0), np.int64)
    scores = np.empty((len(asked), 0), np.float32)
    for batch in _batches(snapshot):
        handles = np.hstack([handles, np.tile(batch, (len(asked), 1))])
        scores = np.hstack([scores, asked @ snapshot.vectors(batch).T])
        best = _best(scores)
        handles = np.take_along_axis(handles, best, axis=1)
        scores = np.take_along_axis(scores, best, axis=1)
    return handles


def _best(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    if scores.shape[1] <= K:
        return np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    return np.argpartition(-scores, K - 1, axis=1)[:, :K]


def _batches(snapshot: Snapshot) -> Iterator[Handles]:
    """The handles of all passages."""
    batch: list[Handles] = []
    size = 0
    for article_id in snapshot.ids():
        batch.append(snapshot.passages(article_id))
        size += len(batch[-1])
        if size >= _BATCH:
            yield np.concatenate(batch)
            batch, size = [], 0
    if batch:
        yield np.concatenate(batch)
