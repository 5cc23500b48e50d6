"""The searcher: a query goes in, a ranking comes out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic

from api.search.errors import CursorRefused
from api.search.method import Method
from api.search.page import page
from api.search.query import Query, Ranking
from api.search.reading import read
from api.search.search import Search
from api.search.why_not import WhyNot, why_not
from indexer.encoders.base import Encoder
from indexer.engines.base import Engine, Snapshot
from indexer.engines.manifest import ModelCard
from indexer.errors import DatelineError

RETRY_SECONDS = 10.0

log = logging.getLogger(__name__)


class Searcher:
    """Answers queries from the newest generation of an engine; safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        open_encoder: Callable[[ModelCard], Encoder],
        method: Method,
    ) -> None:
        self.method = method
        self._engine = engine
        self._open_encoder = open_encoder
        self._lock = Lock()
        self._open: tuple[Snapshot, Encoder] | None = None
        self._retry_at = 0.0

    def search(self, query: Query) -> Ranking:
        """The page of hits `query` asks for.

        Raises BadCursor, StaleCursor, NotCalibrated, IndexMissing, IndexDamaged or
        ModelUnavailable.
        """
        [search] = self._searches([query])
        return page(search)

    def search_all(self, queries: Sequence[Query]) -> list[Ranking]:
        """The pages of several queries out of one generation, encoded together."""
        rankings = []
        for place, search in enumerate(self._searches(queries)):
            try:
                rankings.append(page(search))
            except CursorRefused as error:
                error.place = place
                raise
        return rankings

    def why_not(self, query: Query, article_id: str) -> WhyNot:
        """What kept an article out of the hits of `query`; raises as `search` does."""
        [search] = self._searches([query])
        return why_not(search, article_id)

    def snapshot(self) -> Snapshot:
        """The newest generation, opened once; raises IndexMissing or IndexDamaged."""
        return self._newest()[0]

    def _searches(self, queries: Sequence[Query]) -> list[Search]:
        snapshot, encoder = self._newest()
        readings = [read(query) for query in queries]
        by_meaning = [
            reading.text
            for query, reading in zip(queries, readings, strict=True)
            if query.mode != "lexical"
        ]
        vectors = iter(encoder.encode_queries(by_meaning) if by_meaning else ())
        # What is asked for together shares the time there is for reranking.
        rerank_by = monotonic() + self.method.rerank_seconds
        return [
            Search(
                self.method,
                snapshot,
                query,
                reading,
                None if query.mode == "lexical" else next(vectors),
                rerank_by,
            )
            for query, reading in zip(queries, readings, strict=True)
        ]

    def _newest(self) -> tuple[Snapshot, Encoder]:
        name = self._engine.current()
        with self._lock:
            if self._open is None:
                self._open = self._opened()
            elif self._open[0].manifest.generation != name and monotonic() >= self._retry_at:
                self._advance(name)
            return self._open

    def _advance(self, name: str) -> None:
        """Go on to the generation `name`; when it cannot be opened, the one at hand serves on."""
        try:
            # The one before is not closed here: a thread may still be answering from it.
            self._open = self._opened()
        except DatelineError as error:
            self._retry_at = monotonic() + RETRY_SECONDS
            log.error("Generation %s cannot be served, the one before is: %s", name, error)

    def _opened(self) -> tuple[Snapshot, Encoder]:
        snapshot = self._engine.snapshot()
        return snapshot, self._encoder(snapshot.manifest.model)

    def _encoder(self, model: ModelCard) -> Encoder:
        if self._open and self._open[1].fingerprint == model.fingerprint:
            return self._open[1]
        return self._open_encoder(model)
