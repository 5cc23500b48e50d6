"""The hits of which a condition holds, in the order of the ranking, however far down they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice

from api.doors.conditions import Condition
from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.page import listing_of
from api.search.query import Hit, Query
from api.search.searcher import Searcher

# How many times more hits are looked at when those at hand do not fill the page.
_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Sifted:
    """A page of hits, and what to ask for the next one with; None on the last."""

    hits: tuple[Hit, ...]
    next_page: str | None


def sift(
    searcher: Searcher,
    queries: Sequence[Query],
    condition: Condition,
    limit: int,
    page: str | None = None,
) -> Sifted:
    """The first `limit` hits of all `queries` together of which `condition` holds, or a later page.

    Several rankings become one by relevance, which can be compared between questions; a passage
    that several find counts once. As in a search, a page comes from the generation of the first,
    and there are no more than 10,000 hits. Raises BadCursor for a page of another request.
    """
    listing = fingerprint(condition, *(listing_of(each, searcher.method) for each in queries))
    generation, first = searcher.snapshot().manifest.generation, 0
    if page is not None:
        generation, first = decode_cursor(page, listing)
    last = first + limit
    asked = [_from(generation, query, condition, searcher) for query in queries]
    rankings = (_passing(searcher, query, condition, last + 1) for query in asked)
    found = list(islice(_once(merge(*rankings, key=lambda hit: -score_of(hit))), first, last + 1))
    more = len(found) > limit
    return Sifted(tuple(found[:limit]), encode_cursor(generation, listing, last) if more else None)


def score_of(hit: Hit) -> float:
    """The relevance of a hit; where nobody has calibrated it, its score as far as 0 to 1 goes."""
    return min(max(hit.score, 0.0), 1.0) if hit.relevance is None else hit.relevance


def _from(generation: str, query: Query, condition: Condition, searcher: Searcher) -> Query:
    """The query with what `condition` implies, to be answered from `generation`."""
    query = replace(query, filters=condition.implied())
    return replace(query, cursor=encode_cursor(generation, listing_of(query, searcher.method), 0))


def _passing(searcher: Searcher, query: Query, condition: Condition, needed: int) -> Iterator[Hit]:
    """The hits of one query of which the condition holds; looks further down as they are taken."""
    limit = needed
    cursor = query.cursor
    while cursor is not None:
        ranking = searcher.search(replace(query, limit=limit, cursor=cursor))
        yield from (hit for hit in ranking.hits if condition.holds(hit.article))
        cursor, limit = ranking.next_cursor, limit * _DEEPER


def _once(hits: Iterator[Hit]) -> Iterator[Hit]:
    seen: set[str] = set()
    for hit in hits:
        if hit.passage.id not in seen:
            seen.add(hit.passage.id)
            yield hit
