"""Fusion: what speaks for each candidate becomes one score."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from api.search.pool import Pool, Ranks
from indexer.engines.base import Scores

Signals = Mapping[str, Scores]
Fusion = Callable[[Pool], Scores]


def signals(pool: Pool) -> Signals:
    """Each signal of the layered score, float32[n], none scaled by what else was found."""
    return {
        "cosine": pool.cosine,
        "mean_cosine": pool.mean_cosine,
        "coverage": pool.coverage,
        "lexical": pool.lexical,
        "within": pool.within,
    }


def layered(pool: Pool, weights: Mapping[str, float]) -> Scores:
    """The weighted sum of the signals: passage and article, words and meaning.

    How it was found and what each signal is worth: docs/ranking.md.
    """
    measured = signals(pool)
    score = np.zeros(len(pool), np.float32)
    for name, weight in weights.items():
        score += np.float32(weight) * measured[name]
    return score


def convex(pool: Pool, dense: float = 0.4) -> Scores:
    """Weighted sum of min-max normalised scores; a passage an arm does not propose gets 0 from it.

    Of all shares for `dense`, .4 does best on average (docs/ranking.md).
    S. Bruch, S. Gai, A. Ingber: An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023.
    """
    return dense * _min_max(pool.cosine, pool.dense_rank) + (1 - dense) * _min_max(
        pool.lexical, pool.lexical_rank
    )


def reciprocal_rank(pool: Pool, k: int = 60) -> Scores:
    """Sum of 1 / (k + rank) over the arms, ranks counting from 1.

    G. Cormack, C. Clarke, S. Büttcher: Reciprocal Rank Fusion Outperforms Condorcet, SIGIR 2009.
    """
    score = np.zeros(len(pool), np.float32)
    for ranks in (pool.dense_rank, pool.lexical_rank):
        score += np.where(ranks > 0, 1 / (k + ranks), 0).astype(np.float32)
    return score


def _min_max(scores: Scores, ranks: Ranks) -> Scores:
    normalised = np.zeros(len(scores), np.float32)
    proposed = ranks > 0
    if proposed.any():
        low, high = scores[proposed].min(), scores[proposed].max()
        # Where all are alike, none is worse than the best.
        normalised[proposed] = (scores[proposed] - low) / (high - low) if high > low else 1.0
    return normalised
