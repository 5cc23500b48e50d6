"""Fitting: which weights rank the articles of judged collections best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from api.search.fusion import Signals
from indexer.engines.base import Scores

Numbers = NDArray[np.int64]
Proposed = NDArray[np.bool_]
Layered = Mapping[str, float]
"""The weight of each signal."""

CUTOFF = 10
FACTORS = (1.5, 1.2)
# Less than this is chance: the top is flat, and its very peak lies elsewhere on other collections.
WORTH = 0.0005
# The weight all others are relative to.
UNIT = "cosine"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The candidates of a collection's own queries, as arrays of one length n.

    They are in order of `queries`, which count from 0, and of `articles` within each. `by_meaning`
    and `by_words` tell which retriever proposed them, `grades` are those of the articles, `ideals`
    (one for each query) the discounted gains of perfect rankings.
    """

    queries: Numbers
    articles: Numbers
    signals: Signals
    by_meaning: Proposed
    by_words: Proposed
    grades: Numbers
    ideals: NDArray[np.float64]

    def ndcg(self, scores: Scores, proposed: Proposed) -> float:
        """Mean nDCG@10 of the articles, each by the best of its passages that are proposed.

        K. Järvelin, J. Kekäläinen: Cumulated Gain-based Evaluation of IR Techniques, TOIS 2002;
        gains are grades, as in trec_eval.
        """
        queries, articles = self.queries[proposed], self.articles[proposed]
        starts = _starts(queries, articles)
        best = np.maximum.reduceat(scores[proposed], starts)
        order = np.lexsort((-best, queries[starts]))
        queries, grades = queries[starts][order], self.grades[proposed][starts][order]
        ranks = np.arange(len(queries)) - np.searchsorted(queries, queries) + 1
        gains = np.where(ranks <= CUTOFF, grades / np.log2(ranks + 1), 0)
        return float(np.mean(np.bincount(queries, gains, len(self.ideals)) / self.ideals))

    def by(self, weights: Layered) -> float:
        """Mean nDCG@10 of the layered score with these weights."""
        parts = [np.float32(weight) * self.signals[name] for name, weight in weights.items()]
        return self.ndcg(np.sum(parts, axis=0), self.by_meaning | self.by_words)

    def arms(self) -> dict[str, float]:
        """Mean nDCG@10 of each retriever alone."""
        return {
            "lexical": self.ndcg(self.signals["lexical"], self.by_words),
            "dense": self.ndcg(self.signals["cosine"], self.by_meaning),
        }


def ideal_gain(grades: Iterable[int]) -> float:
    """The discounted gain of a ranking that could not be better."""
    best = sorted(grades, reverse=True)[:CUTOFF]
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(best, start=1))


def climb(worth: Callable[[Layered], float], start: Layered) -> Layered:
    """The weights that coordinate search finds to be worth most.

    One weight after another, all but that of the cosine, is multiplied or divided by a factor, and
    stays so where that is worth more by WORTH at least; when none moves, the factor is lowered.
    """
    best, most = start, worth(start)
    for factor in FACTORS:
        moved = True
        while moved:
            moved = False
            for tried in _neighbours(best, factor):
                found = worth(tried)
                if found >= most + WORTH:
                    best, most, moved = tried, found, True
                    break
    return best


def _neighbours(weights: Layered, factor: float) -> Iterator[Layered]:
    for name in weights:
        if name != UNIT:
            yield {**weights, name: round(weights[name] * factor, 3)}
            yield {**weights, name: round(weights[name] / factor, 3)}


def _starts(queries: Numbers, articles: Numbers) -> Numbers:
    """Where the candidates of each article of each query begin."""
    changes = np.flatnonzero(np.diff(queries) | np.diff(articles)) + 1
    return np.concatenate([np.zeros(min(1, len(queries)), np.int64), changes])
