"""Building an approximate index over stored vectors, and tuning it to a stated recall."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import Handles
from indexer.engines.local.dense import (
    CONSIDERED_A_HIT,
    MOST_PROBED,
    QUERY_BITS,
    Allowed,
    DenseReader,
)
from indexer.engines.manifest import NearestCard
from indexer.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Approximation:
    """Segments of so many passages are searched approximately, tuned to find `recall` of the best.

    Below that an exact scan is as fast.
    """

    passages: int = 50_000
    recall: float = 0.99


USUAL = Approximation()

HELD_OUT = 200
"""Passages that are asked for their nearest, alone and mixed by fives."""
_SEED = 1
_TINY = np.finfo(np.float32).tiny
_BATCH = 32_768
_ROUNDS = 8
# What k-means needs for each list (FAISS warns below 39).
_SAMPLED_A_LIST = 40
_HITS, _MORE_HITS = 10, 100
_RESCORED = (600, 800, 1200, 1600)
# Rescoring reads a row from anywhere in the file: as long as comparing so many codes in a list.
_CODES_A_ROW = 25
# Where passages lie in tight clusters, questions may lie further off than any mix of them.
_LEAST_PROBED = 1 / 32


def build(vectors: DenseReader, path: Path, target: float = 0.99) -> NearestCard:
    """Write an approximate index of `vectors` to `path`, tuned to find `target` of exact answers.

    Inverted lists of one-bit codes (RaBitQ, Gao and Long 2024, arXiv:2405.12497), whose nearest
    are to be compared by the stored vectors. The same vectors make the same bytes. It takes two
    vectors at least, and pays from some ten thousand on. When no setting finds `target`, the
    card is of the one that finds most, and says so.
    """
    with _all_cores():
        index = _trained(vectors)
        for first in range(0, vectors.size, _BATCH):
            index.add(vectors.vectors(first, min(_BATCH, vectors.size - first)))
        faiss.write_index(index, str(path))
        return _tuned(index, _Trial.of(vectors), target)


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Queries (two kinds, one after the other), what may answer them and what exactly does."""

    queries: Vectors
    allowed: Allowed
    truth: Handles

    @classmethod
    def of(cls, vectors: DenseReader) -> _Trial:
        """Held-out passages, and means of five: as far from all passages as questions are."""
        chance = np.random.default_rng(_SEED)
        held_out = chance.choice(vectors.size, min(HELD_OUT, vectors.size // 2), replace=False)
        passages = vectors.at(held_out)
        fives = sum(np.roll(passages, turn, axis=0) for turn in range(5))
        fives /= np.maximum(np.linalg.norm(fives, axis=1, keepdims=True), _TINY)
        mask = np.ones(vectors.size, np.bool_)
        mask[held_out] = False
        queries, allowed = np.concatenate([passages, fives]), Allowed.of(mask)
        return cls(queries, allowed, vectors.nearest_of_each(queries, _MORE_HITS, allowed))

    def places(self, index: faiss.Index, probes: int) -> Handles:
        """Where among the candidates each true answer stands; the end if it is none."""
        params = faiss.IVFRaBitQSearchParameters(
            nprobe=probes, qb=QUERY_BITS, sel=self.allowed.selector
        )
        found = index.search(self.queries, _RESCORED[-1], params=params)[1]
        same = (truth[:, None] == row for truth, row in zip(self.truth, found, strict=True))
        return np.array([np.where(each.any(1), each.argmax(1), each.shape[1]) for each in same])

    def recall(self, places: Handles, rescored: int) -> float:
        """The share of true answers among `rescored` candidates, of the harder kind of query.

        Rescoring puts every true answer before all others, so being a candidate is enough.
        """
        there = self.truth[:, : places.shape[1]] >= 0
        found = there & (places < rescored)
        kinds = zip(np.split(found, 2), np.split(there, 2), strict=True)
        return min(float(hits.sum() / answers.sum()) for hits, answers in kinds)


def _tuned(index: faiss.IndexIVFRaBitQ, trial: _Trial, target: float) -> NearestCard:
    """The card of the cheapest setting that finds `target`, else of the one that finds most."""
    cards = list(_settings(index, trial, target))
    reached = [card for card in cards if card.recall >= target]
    codes = index.ntotal / index.nlist
    if reached:
        return min(reached, key=lambda card: card.probes * codes + card.rescored * _CODES_A_ROW)
    return max(cards, key=lambda card: card.recall)


def _settings(index: faiss.IndexIVFRaBitQ, trial: _Trial, target: float) -> Iterator[NearestCard]:
    """A card of each setting, the fewest lists first."""
    for probes in _ladder(index.nlist):
        places = trial.places(index, probes)
        for rescored in _RESCORED:
            recall = trial.recall(places[:, :_HITS], rescored)
            deeper = trial.recall(places, max(rescored, _MORE_HITS * CONSIDERED_A_HIT))
            yield NearestCard(
                lists=index.nlist,
                probes=probes,
                rescored=rescored,
                target=target,
                recall=round(recall, 4),
                recall_at_100=round(deeper, 4),
                queries=len(trial.queries),
            )
            if recall >= target:
                break
        # More lists cannot be cheaper than these with the fewest candidates of all.
        if rescored == _RESCORED[0]:
            return


def _ladder(lists: int) -> list[int]:
    """Numbers of lists to look into, each a quarter more than the one before."""
    ladder = [max(1, round(lists * _LEAST_PROBED))]
    most = int(lists * MOST_PROBED)
    while ladder[-1] < most:
        ladder.append(min(math.ceil(ladder[-1] * 1.25), most))
    return ladder


def _trained(vectors: DenseReader) -> faiss.IndexIVFRaBitQ:
    """An empty index whose lists are about the clusters of a sample."""
    size = vectors.size
    lists = max(1, min(round(4 * math.sqrt(size)), size // _SAMPLED_A_LIST))
    sampled = min(size, lists * _SAMPLED_A_LIST)
    rows = np.random.default_rng(_SEED).choice(size, sampled, replace=False)
    sample = vectors.at(np.sort(rows))
    index = faiss.IndexIVFRaBitQ(
        _means(sample, lists), sample.shape[1], lists, faiss.METRIC_INNER_PRODUCT
    )
    index.train(sample)
    return index


def _means(sample: Vectors, lists: int) -> faiss.IndexFlatL2:
    """The means of clusters, to which a vector is near by its whole difference.

    Not by its direction: clusters of directions take in what lies far from everything, with the
    same centre as what is near to it, and the questions such passages answer find them last.
    """
    means = faiss.IndexFlatL2(sample.shape[1])
    clusters = faiss.Clustering(sample.shape[1], lists)
    clusters.niter, clusters.seed, clusters.max_points_per_centroid = _ROUNDS, _SEED, len(sample)
    clusters.train(sample, means)
    return means


@contextmanager
def _all_cores() -> Iterator[None]:
    """Let FAISS use every core in this thread."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
