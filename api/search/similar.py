"""Similar: the passages nearest in meaning to a passage or an article, one for each article."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.base import Candidates, Filters, Scope, Snapshot
from indexer.vectors import Vectors

_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article near to what was asked about, by its nearest passage; `score` is the cosine."""

    rank: int
    score: float
    passage: Passage
    article: Article


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The articles nearest to something, nearest first, out of one generation.

    `exact` says that no nearer one can have been overlooked.
    """

    generation: str
    hits: tuple[Neighbour, ...]
    exact: bool = True


def similar_to_article(
    snapshot: Snapshot, article_id: str, filters: Filters, limit: int
) -> Neighbours | None:
    """Other articles nearest to the mean of an article's passages; None if there is no such."""
    if snapshot.article(article_id) is None:
        return None
    own = snapshot.passages(article_id)
    if not len(own):
        return Neighbours(snapshot.manifest.generation, ())
    return _nearest(snapshot, snapshot.vectors(own).mean(axis=0), article_id, filters, limit)


def similar_to_passage(
    snapshot: Snapshot, passage_id: str, filters: Filters, limit: int
) -> Neighbours | None:
    """Articles other than its own nearest to a passage; None if there is no such passage."""
    handle = snapshot.handle(passage_id)
    if handle is None:
        return None
    at = np.array([handle], np.int64)
    [located] = snapshot.locate(at)
    return _nearest(snapshot, snapshot.vectors(at)[0], located.article.id, filters, limit)


def _nearest(
    snapshot: Snapshot, vector: Vectors, article_id: str, filters: Filters, limit: int
) -> Neighbours:
    unit = vector / (np.linalg.norm(vector) or 1.0)
    own = snapshot.evidence(snapshot.passages(article_id), None, ()).articles
    depth = limit
    while True:
        depth *= _DEEPER
        found = snapshot.dense(unit, depth, Scope(filters))
        articles = snapshot.evidence(found.handles, None, ()).articles
        _, first = np.unique(articles, return_index=True)
        leads = np.sort(first[~np.isin(articles[first], own)])[:limit]
        if len(leads) == limit or len(found) < depth:
            return _neighbours(snapshot, found, leads)


def _neighbours(
    snapshot: Snapshot, found: Candidates, leads: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Neighbours:
    located = snapshot.locate(found.handles[leads])
    hits = tuple(
        Neighbour(rank, score, one.passage, one.article)
        for rank, (score, one) in enumerate(
            zip(found.scores[leads].tolist(), located, strict=True), start=1
        )
    )
    return Neighbours(snapshot.manifest.generation, hits, found.exact)
