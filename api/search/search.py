"""One query on its way through the chain: from candidates to the page that was asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import numpy as np

from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.errors import NotCalibrated
from api.search.explain import explain
from api.search.facets import count_facets
from api.search.grouping import Places, by_date, entries, fresh, members
from api.search.highlights import highlights
from api.search.method import FUSIONS, Method
from api.search.pool import Gathered, Pool, Sought, gather
from api.search.query import Facet, FacetCount, Hit, Query, Ranking, Reason, Total
from api.search.reading import Reading
from api.search.recency import factors, reference
from api.search.rerankers.base import Reranker, RerankerFailed
from api.search.weights import Calibration
from indexer.documents import Span
from indexer.engines.base import EVERYTHING, Located, Scores, Snapshot
from indexer.vectors import Vectors

log = logging.getLogger(__name__)

# Nobody reads further, and every page costs as much as all those before it.
MOST_HITS = 10_000
# How many times more candidates are looked at when those at hand do not fill the page.
_DEEPER = 4


class Search:
    """A query put to one generation; `vector` is None when nothing is compared by meaning."""

    def __init__(
        self,
        method: Method,
        snapshot: Snapshot,
        query: Query,
        reading: Reading,
        vector: Vectors | None,
    ) -> None:
        self.snapshot, self.query = snapshot, query
        self.sought = Sought(vector, reading.words, reading.scope)
        self.method, self._reading = method, reading
        self.calibration = self._calibrated()
        self._degraded: list[str] = []

    def ranking(self) -> Ranking:
        """The page of hits the query asks for; raises BadCursor, StaleCursor or NotCalibrated."""
        query, generation = self.query, self.snapshot.manifest.generation
        listing = fingerprint(self.method.name, replace(query, cursor=None, limit=0))
        first = decode_cursor(query.cursor, generation, listing) if query.cursor else 0
        last = first + query.limit
        shown, reason = self.shown(last + 1)
        leads = self.ordered(shown.pool)
        more = last < min(len(leads), MOST_HITS)
        return Ranking(
            generation=generation,
            hits=self._hits(shown.pool, leads[first:last], first),
            total=Total(len(leads), "eq" if shown.exhausted else "gte"),
            next_cursor=encode_cursor(generation, listing, last) if more else None,
            answerable=None if self.calibration is None and reason is None else reason is None,
            reason=reason,
            degraded=tuple(self._degraded),
            facets=self._facets(shown.pool, leads),
        )

    def _calibrated(self) -> Calibration | None:
        weights = self.method.weights
        if weights.model == self.snapshot.manifest.model.fingerprint:
            return weights.calibrations[self.query.mode]
        if self.query.min_relevance is not None:
            raise NotCalibrated(
                "This index was made with a model whose relevance nobody has calibrated: leave "
                "`min_relevance` out, or have `dateline fit` calibrate it."
            )
        return None

    def shown(self, needed: int) -> tuple[Gathered, Reason | None]:
        """The hits, at least `needed` if there are as many, and why they answer nothing."""
        nearest = self._tier(self.method.depth)
        reason = self._reason(nearest.pool)
        if reason and not self.query.include_weak:
            return Gathered(nearest.pool.take(np.arange(0)), exhausted=True), reason
        return self._deepened(nearest, needed), reason

    def scored(self, pool: Pool) -> Pool:
        """The candidates with scores and relevance, best first."""
        fused = self._fused(pool)
        pool = replace(pool, fused=fused, scores=fused)
        if self.calibration:
            passages = self.snapshot.manifest.passages
            relevance = self.method.weights.relevance(pool, self.query.mode, passages)
            pool = replace(pool, relevance=relevance)
        return pool.ranked(fused)

    def _tier(self, depth: int) -> Gathered:
        """Candidates up to `depth` from each retriever, in the order they are to be shown."""
        gathered = gather(self.snapshot, self.query.mode, self.sought, depth)
        pool = self.scored(gathered.pool)
        if self.method.reranker and depth == self.method.depth:
            pool = self._reranked(pool, self.method.reranker)
        if self._reading.half_life:
            pool = self._refreshed(pool, self._reading.half_life)
        return Gathered(pool, gathered.exhausted)

    def _fused(self, pool: Pool) -> Scores:
        # One arm alone keeps its own scores: there is nothing to make comparable.
        match self.query.mode:
            case "dense":
                return pool.cosine
            case "lexical":
                return pool.lexical
        return FUSIONS[self.method.fusion](pool, self.method.weights)

    def _reranked(self, pool: Pool, reranker: Reranker) -> Pool:
        """The first candidates in the reranker's order; each takes the score of its new place."""
        window = min(self.method.reranked, len(pool))
        texts = [found.passage.text for found in self.snapshot.locate(pool.handles[:window])]
        deadline = monotonic() + self.method.rerank_seconds
        try:
            found = reranker.scores(self._reading.text, texts, deadline)
        except RerankerFailed as error:
            log.warning("Not reranked: %s", error)
            self._degraded.append("reranker")
            return pool
        order = np.argsort(-np.array(found), kind="stable")
        before = np.zeros(len(pool), np.int64)
        before[:window] = order + 1
        moved = pool.take(np.concatenate([order, np.arange(window, len(pool))]))
        return replace(moved, scores=pool.scores, reranked_from=before)

    def _refreshed(self, pool: Pool, half_life: timedelta) -> Pool:
        """The candidates with their scores lowered by their articles' age, in order again."""
        latest = self.snapshot.manifest.latest
        at = reference(datetime.fromisoformat(latest) if latest else None, datetime.now(UTC))
        published = [located.article.published_at for located in self._located(pool)]
        recency = factors(published, at, half_life)
        scores = np.where(pool.scores > 0, pool.scores * recency, pool.scores)
        return replace(pool, recency=recency).ranked(scores)

    def _reason(self, pool: Pool) -> Reason | None:
        """Why the question has no answer here; None when it has one, as far as can be told."""
        if not len(pool):
            return "filters_exclude_all" if self._excluded() else "no_candidates"
        if self.threshold is not None and float(pool.relevance.max()) < self.threshold:
            return "below_threshold"
        return None

    def _excluded(self) -> bool:
        """Whether the conditions, and not the words, leave nothing to look at."""
        scope = self.sought.scope
        if scope == EVERYTHING or not self.snapshot.manifest.passages:
            return False
        if self.query.mode != "lexical":
            return True
        return self.snapshot.count(scope.filters).passages == 0

    @property
    def threshold(self) -> float | None:
        """The relevance below which the best hit answers nothing; None when nobody knows."""
        if self.calibration is None or self.query.min_relevance is not None:
            return self.query.min_relevance
        return self.calibration.threshold

    @property
    def edge(self) -> float:
        """The relevance below which candidates are left out.

        A list by date, or counts, need an edge: without one they would be of everything there is.
        """
        wanted = self.query.min_relevance is not None or self._whole
        return self.threshold or 0.0 if wanted and not self.query.include_weak else 0.0

    @property
    def _whole(self) -> bool:
        """Whether the answer depends on all hits, and not only on those of the page."""
        return self.query.sort != "relevance" or bool(self.query.facets)

    def _deepened(self, nearest: Gathered, needed: int) -> Gathered:
        """What is looked for further down until `needed` hits are there or no more are found.

        What is found further down follows what was found before, so that pages always agree.
        """
        collapse, edge = self.query.collapse, self.edge
        shown = at_hand = _above(nearest.pool, edge)
        exhausted, depth = nearest.exhausted, self.method.depth
        wanted = self._wanted(needed)
        while not exhausted and len(entries(shown, collapse)) < wanted:
            depth *= _DEEPER
            tier = self._tier(depth)
            deeper = _above(tier.pool, edge)
            # Where the candidates have come below the edge, so have all that are further down.
            exhausted = tier.exhausted or len(deeper) <= len(at_hand)
            shown, at_hand = shown.followed_by(fresh(deeper, shown, collapse)), deeper
        return Gathered(shown, exhausted)

    def _wanted(self, needed: int) -> int:
        """How many hits to look for: for lists and counts as many on every page."""
        if not self._whole:
            return min(needed, MOST_HITS)
        return MOST_HITS if self.edge else 0

    def ordered(self, pool: Pool) -> Places:
        """Places of the hits in `pool`, in the order they are listed in."""
        leads = entries(pool, self.query.collapse)
        if self.query.sort == "relevance":
            return leads
        published = [located.article.published_at for located in self._located(pool.take(leads))]
        return by_date(leads, published, self.query.sort)

    def _hits(self, pool: Pool, page: Places, first: int) -> tuple[Hit, ...]:
        others = [self._others(pool, int(place)) for place in page]
        located = iter(self._located(pool.take(np.concatenate([page, *others]))))
        found = [next(located) for _ in page]
        marked = highlights(
            self._reading.text,
            self.sought.vector,
            [one.passage for one in found],
            [one.sentences for one in found],
        )
        return tuple(
            self._hit(pool, int(place), rank, one, spans, [next(located) for _ in other])
            for rank, (place, one, spans, other) in enumerate(
                zip(page, found, marked, others, strict=True), start=first + 1
            )
        )

    def _others(self, pool: Pool, lead: int) -> Places:
        return members(pool, lead) if self.query.collapse == "article" else np.arange(0)

    def _hit(
        self,
        pool: Pool,
        place: int,
        rank: int,
        found: Located,
        marked: tuple[Span, ...],
        others: Sequence[Located],
    ) -> Hit:
        weights = self.method.weights.layered
        return Hit(
            rank=rank,
            score=float(pool.scores[place]),
            relevance=float(pool.relevance[place]) if self.calibration else None,
            passage=found.passage,
            article=found.article,
            highlights=marked,
            collapsed=tuple(other.passage for other in others),
            explanation=explain(pool, place, weights) if self.query.explain else None,
        )

    def _facets(self, pool: Pool, leads: Places) -> dict[Facet, tuple[FacetCount, ...]]:
        if not self.query.facets:
            return {}
        articles = [located.article for located in self._located(pool.take(leads))]
        return count_facets(self.query.facets, articles)

    def _located(self, pool: Pool) -> list[Located]:
        return self.snapshot.locate(pool.handles)


def _above(pool: Pool, edge: float) -> Pool:
    return pool.take(pool.relevance >= edge) if edge else pool
