"""Explaining a hit: every signal's value, weight and part, its ranks, and what came after."""

from __future__ import annotations

from collections.abc import Mapping

from api.search.fusion import signals
from api.search.pool import Pool
from api.search.query import Explanation, Signal


def explain(pool: Pool, place: int, weights: Mapping[str, float]) -> Explanation:
    """Why the candidate at `place` has the score it has."""
    measured = {name: float(values[place]) for name, values in signals(pool).items()}
    recency, before = float(pool.recency[place]), int(pool.reranked_from[place])
    return Explanation(
        signals=tuple(
            Signal(name, measured[name], weight, measured[name] * weight)
            for name, weight in weights.items()
        ),
        dense_rank=int(pool.dense_rank[place]) or None,
        lexical_rank=int(pool.lexical_rank[place]) or None,
        fused=float(pool.fused[place]),
        reranked_from=before or None,
        recency=recency if recency != 1 else None,
    )
