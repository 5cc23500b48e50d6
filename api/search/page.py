"""The page of a ranking that a query asks for: its hits, with all that is told of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from api.search.cursor import encode_cursor, fingerprint
from api.search.explain import explain
from api.search.facets import count_facets
from api.search.grouping import Places, members
from api.search.highlights import highlights
from api.search.method import Method
from api.search.pool import Pool
from api.search.query import Facet, FacetCount, Hit, Query, Ranking, Total
from api.search.search import MOST_HITS, Search
from indexer.documents import Article
from indexer.engines.base import Snapshot


def listing_of(query: Query, method: Method) -> str:
    """The fingerprint of the listing that `query` asks for a page of."""
    return fingerprint(method.name, replace(query, cursor=None, limit=0, explain=False))


def page(search: Search, first: int, newest: Snapshot) -> Ranking:
    """The page of hits that `search` is to answer with, from hit `first` on.

    Neither shown nor counted is what `newest` has no longer, or not as it was.
    """
    last = first + search.query.limit
    shown, reason = search.shown(last + 1)
    leads = search.ordered(shown.pool)
    standing = _standing(search, shown.pool, leads, newest)
    own = np.arange(first, min(last, MOST_HITS, len(leads)))
    own = own[standing[own]]
    more = last < min(len(leads), MOST_HITS)
    return Ranking(
        generation=search.snapshot.manifest.generation,
        hits=_hits(search, shown.pool, leads[own], own + 1),
        total=Total(int(standing.sum()), "eq" if shown.exhausted else "gte"),
        next_cursor=_cursor(search, last) if more else None,
        answerable=None if search.calibration is None and reason is None else reason is None,
        reason=reason,
        exact=shown.exact,
        degraded=tuple(search.degraded),
        facets=_facets(search, shown.pool, leads[standing]),
    )


def _standing(search: Search, pool: Pool, leads: Places, newest: Snapshot) -> NDArray[np.bool_]:
    """Which hits are of articles that are in `newest` as they were.

    What is withdrawn must be in no answer, and offsets into a text that was would not hold.
    """
    if newest is search.snapshot:
        return np.ones(len(leads), np.bool_)
    articles = _articles(search, pool, leads)
    # Once for all the passages of an article.
    distinct = {article.id: article for article in articles}
    stands = {id_: newest.article(id_) == article for id_, article in distinct.items()}
    return np.array([stands[article.id] for article in articles], np.bool_)


def _cursor(search: Search, last: int) -> str:
    generation = search.snapshot.manifest.generation
    return encode_cursor(generation, listing_of(search.query, search.method), last)


def _hits(search: Search, pool: Pool, places: Places, ranks: Places) -> tuple[Hit, ...]:
    located = search.snapshot.locate(pool.handles[places])
    marked = highlights(
        search.reading.text,
        search.sought.vector,
        [found.passage for found in located],
        [found.sentences for found in located],
    )
    hits = tuple(
        Hit(
            rank=rank,
            score=float(pool.scores[place]),
            relevance=float(pool.relevance[place]) if search.calibration else None,
            passage=found.passage,
            article=found.article,
            highlights=spans,
            explanation=explain(pool, place, search.weights) if search.query.explain else None,
        )
        for rank, place, found, spans in zip(
            ranks.tolist(), places.tolist(), located, marked, strict=True
        )
    )
    return _with_members(search, pool, places, hits) if search.query.collapse != "none" else hits


def _with_members(
    search: Search, pool: Pool, places: Places, hits: tuple[Hit, ...]
) -> tuple[Hit, ...]:
    """The hits, each with the further passages of its article."""
    others = [members(pool, place) for place in places.tolist()]
    together = np.concatenate([*others, np.arange(0)])
    located = iter(search.snapshot.locate(pool.handles[together]))
    return tuple(
        replace(hit, collapsed=tuple(next(located).passage for _ in own))
        for hit, own in zip(hits, others, strict=True)
    )


def _facets(search: Search, pool: Pool, leads: Places) -> dict[Facet, tuple[FacetCount, ...]]:
    if not search.query.facets:
        return {}
    return count_facets(search.query.facets, _articles(search, pool, leads))


def _articles(search: Search, pool: Pool, places: Places) -> list[Article]:
    return [located.article for located in search.snapshot.locate(pool.handles[places])]
