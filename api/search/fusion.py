"""Fusion: several retrievers' candidates become one ranking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from indexer.engines.base import Candidate

Arm = Sequence[Candidate]
Fusion = Callable[[Mapping[str, Arm]], list[Candidate]]

WEIGHTS = {"dense": 0.7, "lexical": 0.3}
# Chosen on five development collections (docs/ranking.md); .2 and .4 do nearly as well.
LEXICAL_SHARE = 0.3


def additive(arms: Mapping[str, Arm]) -> list[Candidate]:
    """Cosine plus a share of the lexical score as a part of the greatest one.

    Cosines of one model mean the same for every query, so they are taken as they are; BM25 scores
    do not, so they are scaled by the best. A passage the dense arm does not propose is at most as
    near as the last one it does.
    """
    cosine = {candidate.passage_id: candidate.score for candidate in arms["dense"]}
    least = min(cosine.values(), default=0.0)
    greatest = max((candidate.score for candidate in arms["lexical"]), default=0.0)
    fused = dict(cosine)
    for passage_id, score in arms["lexical"]:
        fused[passage_id] = cosine.get(passage_id, least) + LEXICAL_SHARE * score / greatest
    return _ranked(fused.items())


def convex(arms: Mapping[str, Arm], weights: Mapping[str, float] = WEIGHTS) -> list[Candidate]:
    """Weighted sum of min-max normalised scores; a passage an arm does not propose gets 0 from it.

    S. Bruch, S. Gai, A. Ingber: An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023.
    """
    fused: defaultdict[str, float] = defaultdict(float)
    for name, arm in arms.items():
        for passage_id, score in _min_max(arm):
            fused[passage_id] += weights[name] * score
    return _ranked(fused.items())


def reciprocal_rank(arms: Mapping[str, Arm], k: int = 60) -> list[Candidate]:
    """Sum of 1 / (k + rank) over the arms, ranks counting from 1.

    G. Cormack, C. Clarke, S. Büttcher: Reciprocal Rank Fusion Outperforms Condorcet, SIGIR 2009.
    """
    fused: defaultdict[str, float] = defaultdict(float)
    for arm in arms.values():
        for rank, candidate in enumerate(arm, start=1):
            fused[candidate.passage_id] += 1 / (k + rank)
    return _ranked(fused.items())


FUSIONS: dict[str, Fusion] = {
    "additive": additive,
    "convex": convex,
    "rrf": reciprocal_rank,
}


def _min_max(arm: Arm) -> Iterable[tuple[str, float]]:
    scores = [candidate.score for candidate in arm]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    for candidate in arm:
        # Where all are alike, none is worse than the best.
        normalised = (candidate.score - low) / (high - low) if high > low else 1.0
        yield candidate.passage_id, normalised


def _ranked(fused: Iterable[tuple[str, float]]) -> list[Candidate]:
    ordered = sorted((-score, passage_id) for passage_id, score in fused)
    return [Candidate(passage_id, -score) for score, passage_id in ordered]
