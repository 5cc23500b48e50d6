"""Why not: what kept an article out of the hits of a query, and what it would have needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from api.search.explain import explain
from api.search.pool import Pool, Sought, anything_in, by_meaning, by_words, gather
from api.search.query import Explanation, Reason
from api.search.search import Search
from indexer.documents import Article, Passage
from indexer.engines.base import Candidates, Filters, Scope, Snapshot

Verdict = Literal[
    "not_indexed", "excluded", "without_match", "not_answerable", "weak", "outranked", "found"
]
# How far down each retriever's list is looked for the article.
REACH = 10_000


@dataclass(frozen=True, slots=True)
class Needed:
    """What stood between an article and the page: a bound, and what the article had instead."""

    name: str
    bound: float
    had: float


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of one article under one query.

    `excluded_by` names the conditions it does not meet; `without_match` says that it meets them
    and has nothing a retriever of that mode could propose. `rank` is that among the hits, None
    where it is not one of them; the other ranks are those of its best passage in each retriever's
    whole list, None beyond `REACH`. Without a place among the hits, its score is what it would
    have had.
    """

    generation: str
    article_id: str
    verdict: Verdict
    excluded_by: tuple[str, ...] = ()
    passage: Passage | None = None
    rank: int | None = None
    dense_rank: int | None = None
    lexical_rank: int | None = None
    score: float | None = None
    relevance: float | None = None
    needed: Needed | None = None
    explanation: Explanation | None = None


def why_not(search: Search, article_id: str) -> WhyNot:
    """What became of the article of this id under the query of `search`."""
    snapshot = search.snapshot
    generation = snapshot.manifest.generation
    article = snapshot.article(article_id)
    if article is None:
        return WhyNot(generation, article_id, "not_indexed")
    if broken := _broken(snapshot, article, search.sought):
        return WhyNot(generation, article_id, "excluded", excluded_by=broken)
    own = _own(search, article_id)
    if not len(own):
        return WhyNot(generation, article_id, "without_match")
    return _placed(search, own)


def _own(search: Search, article_id: str) -> Pool:
    """The article's passages, scored as if both retrievers had proposed them, best first."""
    sought, snapshot = search.sought, search.snapshot
    filters = replace(sought.scope.filters, article_id=(article_id,))
    alone = replace(sought, scope=replace(sought.scope, filters=filters))
    passages = len(snapshot.passages(article_id))
    return search.aged(search.scored(gather(snapshot, search.query.mode, alone, passages).pool))


def _broken(snapshot: Snapshot, article: Article, sought: Sought) -> tuple[str, ...]:
    """The conditions that this article, or every passage of it, does not meet."""
    filters, scope = sought.scope.filters, sought.scope
    single = {
        "source": Filters(source=filters.source),
        "exclude_source": Filters(exclude_source=filters.exclude_source),
        "section": Filters(section=filters.section),
        "language": Filters(language=filters.language),
        "author": Filters(author=filters.author),
        "article_id": Filters(article_id=filters.article_id),
        "from": Filters(published_from=filters.published_from),
        "to": Filters(published_to=filters.published_to),
    }
    broken = [name for name, one in single.items() if not one.matches(article)]
    own = Filters(article_id=(article.id,))
    worded = [(f'"{phrase}"', Scope(own, phrases=(phrase,))) for phrase in scope.phrases]
    worded += [(f'-"{phrase}"', Scope(own, excluded=(phrase,))) for phrase in scope.excluded]
    return (*broken, *(name for name, one in worded if not anything_in(snapshot, one)))


def _placed(search: Search, own: Pool) -> WhyNot:
    """Where the article stands: among the hits, below them, or nowhere near."""
    shown, reason = search.shown(search.query.limit)
    hits = shown.pool.take(search.ordered(shown.pool))
    at = np.flatnonzero(hits.articles == own.articles[0])
    stands = hits.take(at) if len(at) else own
    [located] = search.snapshot.locate(stands.handles[:1])
    dense_rank = _rank(own, by_meaning(search.snapshot, search.sought, REACH))
    lexical_rank = _rank(own, by_words(search.snapshot, search.sought, REACH))
    explanation = explain(stands, 0, search.weights)
    if not len(at):  # Its ranks so far are those among its own passages.
        explanation = replace(explanation, dense_rank=dense_rank, lexical_rank=lexical_rank)
    found = WhyNot(
        generation=search.snapshot.manifest.generation,
        article_id=located.article.id,
        verdict="found",
        passage=located.passage,
        rank=int(at[0]) + 1 if len(at) else None,
        dense_rank=dense_rank,
        lexical_rank=lexical_rank,
        score=float(stands.scores[0]),
        relevance=float(stands.relevance[0]) if search.calibration else None,
        explanation=explanation,
    )
    return _judged(search, found, hits, reason)


def _judged(search: Search, found: WhyNot, hits: Pool, reason: Reason | None) -> WhyNot:
    """The verdict, and what the article would have needed for another one."""
    limit, edge = search.query.limit, search.edge
    score, relevance = found.score or 0.0, found.relevance or 0.0
    if found.rank is not None and found.rank <= limit:
        return found
    if reason is not None and not len(hits):
        needed = Needed("relevance", search.threshold or 0.0, relevance)
        return replace(found, verdict="not_answerable", needed=needed)
    if relevance < edge:
        return replace(found, verdict="weak", needed=Needed("relevance", edge, relevance))
    by_score = search.query.sort == "relevance" and len(hits) > 0
    needed_score = Needed("score", float(hits.scores[:limit][-1]), score) if by_score else None
    return replace(found, verdict="outranked", needed=needed_score)


def _rank(own: Pool, found: Candidates) -> int | None:
    """The best rank any of the article's passages has in a retriever's list, from 1."""
    places = np.flatnonzero(np.isin(found.handles, own.handles))
    return int(places[0]) + 1 if len(places) else None
