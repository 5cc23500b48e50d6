"""The method: everything that decides the order of hits besides the query and the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.search.fusion import Fusion, convex, reciprocal_rank
from api.search.rerankers.base import Reranker
from api.search.weights import Weights

LAYERED = "layered"
FUSIONS: Mapping[str, Fusion] = {"convex": convex, "rrf": reciprocal_rank}
"""What may take the place of the layered score."""


@dataclass(frozen=True, slots=True)
class Method:
    """How candidates are ordered: at first `depth` from each retriever, fused by `fusion`.

    `name` holds all that decides an order: rankings by methods of one name agree.
    """

    weights: Weights
    fusion: str = LAYERED
    depth: int = 100
    reranker: Reranker | None = None
    reranked: int = 20
    rerank_seconds: float = 1.0
    name: str = field(init=False)

    def __post_init__(self) -> None:
        """Work out the name once: every request asks for it."""
        reranker = f"{self.reranker.name}/{self.reranked}" if self.reranker else "none"
        name = f"{self.fusion}/{self.weights.digest}/{self.depth}/{reranker}"
        object.__setattr__(self, "name", name)
