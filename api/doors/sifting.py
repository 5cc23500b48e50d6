"""The hits of which a condition holds, in the order of the ranking, however far down they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice, zip_longest

from api.doors.conditions import Condition
from api.doors.facts import facts_of
from api.search.cursor import Place, decode_cursor, encode_cursor, fingerprint
from api.search.page import listing_of
from api.search.query import Hit, Query
from api.search.searcher import Searcher
from indexer.documents import Article

# How many times more hits are looked at when those at hand do not fill the page.
_DEEPER = 4
# No character of a cursor.
_BETWEEN = "."


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
    implied, sieve = condition.implied(), _Sieve(condition)
    queries = [replace(query, filters=implied) for query in queries]
    listings = [fingerprint(condition, listing_of(each, searcher.method)) for each in queries]
    places = _places(searcher, listings, page)
    rankings = [
        _numbered(number, _passing(searcher, query, sieve, place, limit + 1))
        for number, (query, place) in enumerate(zip(queries, places, strict=True))
    ]
    # Told by ranks, not by how many there were: what was withdrawn since is no longer counted.
    later = (
        (number, hit)
        for number, hit in _once(merge(*rankings, key=lambda found: -score_of(found[1])))
        if hit.rank > places[number].offset
    )
    found = list(islice(later, limit + 1))
    shown = found[:limit]
    for number, hit in shown:
        places[number] = Place(places[number].generation, hit.rank)
    more = len(found) > limit
    return Sifted(tuple(hit for _, hit in shown), _token(listings, places) if more else None)


class _Sieve:
    """A condition, and of which articles it was seen to hold: many hits are of one article."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._held: dict[tuple[str, str], bool] = {}

    def passes(self, article: Article, generation: str) -> bool:
        """Whether the condition holds of `article` as it is in `generation`."""
        seen = (generation, article.id)
        if seen not in self._held:
            self._held[seen] = self._condition.holds(facts_of(article))
        return self._held[seen]


def score_of(hit: Hit) -> float:
    """The relevance of a hit; where nobody has calibrated it, its score as far as 0 to 1 goes."""
    return min(max(hit.score, 0.0), 1.0) if hit.relevance is None else hit.relevance


def _places(searcher: Searcher, listings: Sequence[str], page: str | None) -> list[Place]:
    """The generation each ranking is from, and the rank of the last of its hits already shown."""
    if page is None:
        return [Place(searcher.snapshot().manifest.generation, 0)] * len(listings)
    cursors = page.split(_BETWEEN)
    # Of another number of questions: the first cursor that is too many or missing tells.
    return [decode_cursor(*each) for each in zip_longest(cursors, listings, fillvalue="")]


def _token(listings: Sequence[str], places: Sequence[Place]) -> str:
    """What the next page is asked for with: a cursor into each ranking."""
    return _BETWEEN.join(
        encode_cursor(place.generation, listing, place.offset)
        for listing, place in zip(listings, places, strict=True)
    )


def _passing(
    searcher: Searcher, query: Query, sieve: _Sieve, place: Place, needed: int
) -> Iterator[Hit]:
    """The hits of one query that pass the sieve; looks further down as they are taken."""
    limit = place.offset + needed
    cursor: str | None = encode_cursor(place.generation, listing_of(query, searcher.method), 0)
    while cursor is not None:
        ranking = searcher.search(replace(query, limit=limit, cursor=cursor))
        yield from (hit for hit in ranking.hits if sieve.passes(hit.article, ranking.generation))
        cursor, limit = ranking.next_cursor, limit * _DEEPER


def _numbered(number: int, hits: Iterator[Hit]) -> Iterator[tuple[int, Hit]]:
    return ((number, hit) for hit in hits)


def _once(found: Iterable[tuple[int, Hit]]) -> Iterator[tuple[int, Hit]]:
    seen: set[str] = set()
    for number, hit in found:
        if hit.passage.id not in seen:
            seen.add(hit.passage.id)
            yield number, hit
