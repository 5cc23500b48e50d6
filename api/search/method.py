"""The method: everything that decides the order of hits besides the query and the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.search.fusion import convex, layered, reciprocal_rank
from api.search.pool import Pool
from api.search.rerankers.base import Reranker
from api.search.weights import Weights
from indexer.engines.base import Scores

FUSIONS: Mapping[str, Callable[[Pool, Weights], Scores]] = {
    "layered": lambda pool, weights: layered(pool, weights.layered),
    "convex": lambda pool, _: convex(pool),
    "rrf": lambda pool, _: reciprocal_rank(pool),
}


@dataclass(frozen=True, slots=True)
class Method:
    """How candidates are ordered: at first `depth` from each retriever, fused by `fusion`."""

    weights: Weights
    fusion: str = "layered"
    depth: int = 100
    reranker: Reranker | None = None
    reranked: int = 20
    rerank_seconds: float = 1.0

    @property
    def name(self) -> str:
        """All that decides an order, in a word: rankings by methods of one name agree."""
        reranker = f"{self.reranker.name}/{self.reranked}" if self.reranker else "none"
        return f"{self.fusion}/{self.weights.version}/{self.depth}/{reranker}"
