"""The page of a ranking that a query asks for: its hits, with all that is told of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.explain import explain
from api.search.facets import count_facets
from api.search.grouping import Places, members
from api.search.highlights import highlights
from api.search.pool import Pool
from api.search.query import Facet, FacetCount, Hit, Ranking, Total
from api.search.search import MOST_HITS, Search


def page(search: Search) -> Ranking:
    """The page of hits that `search` is to answer with; raises BadCursor or StaleCursor."""
    query, generation = search.query, search.snapshot.manifest.generation
    listing = fingerprint(search.method.name, replace(query, cursor=None, limit=0, explain=False))
    first = decode_cursor(query.cursor, generation, listing) if query.cursor else 0
    last = first + query.limit
    shown, reason = search.shown(last + 1)
    leads = search.ordered(shown.pool)
    more = last < min(len(leads), MOST_HITS)
    return Ranking(
        generation=generation,
        hits=_hits(search, shown.pool, leads[first : min(last, MOST_HITS)], first),
        total=Total(len(leads), "eq" if shown.exhausted else "gte"),
        next_cursor=encode_cursor(generation, listing, last) if more else None,
        answerable=None if search.calibration is None and reason is None else reason is None,
        reason=reason,
        degraded=tuple(search.degraded),
        facets=_facets(search, shown.pool, leads),
    )


def _hits(search: Search, pool: Pool, places: Places, first: int) -> tuple[Hit, ...]:
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
        for rank, (place, found, spans) in enumerate(
            zip(places.tolist(), located, marked, strict=True), start=first + 1
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
    articles = [located.article for located in search.snapshot.locate(pool.handles[leads])]
    return count_facets(search.query.facets, articles)
