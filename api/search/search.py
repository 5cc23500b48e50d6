"""One query on its way through the chain: from candidates to all that is shown of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from api.search.errors import NotCalibrated
from api.search.fusion import layered
from api.search.grouping import Places, by_date, entries, fresh
from api.search.method import FUSIONS, LAYERED, Method
from api.search.pool import Gathered, Pool, Sought, anything_in, gather
from api.search.query import Query, Reason
from api.search.query_vectors import Meaning
from api.search.reading import Reading
from api.search.recency import factors, reference
from api.search.rerankers.base import Reranker, RerankerFailed
from api.search.weights import Calibration
from indexer.engines.base import EVERYTHING, NO_FILTERS, Located, Scores, Snapshot

log = logging.getLogger(__name__)

# Nobody reads further, and every page costs as much as all those before it.
MOST_HITS = 10_000
# How many times more candidates are looked at when those at hand do not fill the page.
_DEEPER = 4


class Search:
    """A query put to one generation.

    `meaning` is None when nothing is compared by it; a reranker has until `rerank_by`, on the
    clock of `time.monotonic`.
    """

    def __init__(
        self,
        method: Method,
        snapshot: Snapshot,
        query: Query,
        reading: Reading,
        meaning: Meaning | None,
        rerank_by: float,
    ) -> None:
        self.snapshot, self.query = snapshot, query
        self.sought = Sought(meaning, reading.words, reading.scope)
        self.method, self.reading = method, reading
        self._rerank_by = rerank_by
        self.calibration = self._calibrated()
        self.degraded: list[str] = []

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
            nothing = nearest.pool.take(np.arange(0))
            return Gathered(nothing, exhausted=True, exact=nearest.exact), reason
        return self._deepened(nearest, needed), reason

    def scored(self, pool: Pool) -> Pool:
        """The candidates with scores and relevance, best first."""
        fused = self._fused(pool)
        pool = replace(pool, fused=fused, scores=fused)
        if self.calibration:
            passages = self.snapshot.manifest.passages
            judged = pool if self.reading.telling else pool.without_words()
            relevance = self.method.weights.relevance(judged, self.query.mode, passages)
            pool = replace(pool, relevance=relevance)
        return pool.ranked(fused)

    def _tier(self, depth: int) -> Gathered:
        """Candidates up to `depth` from each retriever, in the order they are to be shown."""
        gathered = gather(self.snapshot, self.query.mode, self.sought, depth)
        pool = self.scored(gathered.pool)
        if self.method.reranker and depth == self.method.depth:
            pool = self._reranked(pool, self.method.reranker)
        return replace(gathered, pool=self.aged(pool))

    @property
    def weights(self) -> Mapping[str, float]:
        """What the score takes of each signal; nothing, where it is not a sum of them."""
        # One arm alone keeps its own scores: there is nothing to make comparable.
        match self.query.mode:
            case "dense":
                return {"cosine": 1.0}
            case "lexical":
                return {"lexical": 1.0}
        return self.method.weights.layered if self.method.fusion == LAYERED else {}

    def _fused(self, pool: Pool) -> Scores:
        if self.weights:
            return layered(pool, self.weights)
        return FUSIONS[self.method.fusion](pool)

    def _reranked(self, pool: Pool, reranker: Reranker) -> Pool:
        """The first candidates in the reranker's order; each takes the score of its new place."""
        window = min(self.method.reranked, len(pool))
        texts = [found.passage.text for found in self.snapshot.locate(pool.handles[:window])]
        try:
            found = reranker.scores(self.reading.text, texts, self._rerank_by)
        except RerankerFailed as error:
            log.warning("Not reranked: %s", error)
            self.degraded.append("reranker")
            return pool
        order = np.argsort(-np.array(found), kind="stable")
        before = np.zeros(len(pool), np.int64)
        before[:window] = order + 1
        moved = pool.take(np.concatenate([order, np.arange(window, len(pool))]))
        return replace(moved, scores=pool.scores, reranked_from=before)

    def aged(self, pool: Pool) -> Pool:
        """The candidates with their scores lowered by their articles' age, if that is asked for."""
        if not self.reading.half_life:
            return pool
        published = [located.article.published_at for located in self._located(pool)]
        recency = factors(published, reference(self.snapshot.manifest), self.reading.half_life)
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
        return not anything_in(self.snapshot, scope)

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
        exhausted, exact = nearest.exhausted, nearest.exact
        depth = self.method.depth
        wanted = self._wanted(needed)
        while not exhausted and len(entries(shown, collapse)) < wanted:
            depth *= _DEEPER
            tier = self._tier(depth)
            deeper = _above(tier.pool, edge)
            shown = shown.followed_by(fresh(deeper, shown, collapse))
            exhausted, exact = tier.exhausted, exact and tier.exact
            # Where the candidates have come below the edge, most likely all the others have.
            if len(deeper) <= len(at_hand):
                break
            at_hand = deeper
        exhausted = exhausted or len(entries(shown, collapse)) >= self._most
        return Gathered(shown, exhausted, exact)

    def _wanted(self, needed: int) -> int:
        """How many hits to look for: for lists and counts as many on every page."""
        if self._whole:
            return MOST_HITS if self.edge else 0
        return min(needed, MOST_HITS, self._most)

    @property
    def _most(self) -> int:
        """How many hits there can be: looking for more would end with every passage there is."""
        manifest, filters = self.snapshot.manifest, self.sought.scope.filters
        if self.query.collapse == "none":
            return manifest.passages
        if filters == NO_FILTERS:
            return manifest.articles
        return self.snapshot.count(filters).articles

    def ordered(self, pool: Pool) -> Places:
        """Places of the hits in `pool`, in the order they are listed in."""
        leads = entries(pool, self.query.collapse)
        if self.query.sort == "relevance":
            return leads
        published = [located.article.published_at for located in self._located(pool.take(leads))]
        return by_date(leads, published, self.query.sort)

    def _located(self, pool: Pool) -> list[Located]:
        return self.snapshot.locate(pool.handles)


def _above(pool: Pool, edge: float) -> Pool:
    return pool.take(pool.relevance >= edge) if edge else pool
