"""The searcher: a query goes in, a ranking comes out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic

from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.fusion import FUSIONS
from api.search.query import Hit, Query, Ranking, Total
from indexer.encoders.base import Encoder
from indexer.engines.base import Candidate, Engine, Snapshot
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
        fusion: str = "additive",
        depth: int = 100,
    ) -> None:
        self.fusion = fusion
        self._engine = engine
        self._open_encoder = open_encoder
        self._depth = depth
        self._lock = Lock()
        self._open: tuple[Snapshot, Encoder] | None = None
        self._retry_at = 0.0

    def search(self, query: Query) -> Ranking:
        """The page of hits `query` asks for.

        Raises BadCursor, StaleCursor, IndexMissing, IndexDamaged or ModelUnavailable.
        """
        snapshot, encoder = self._newest()
        generation = snapshot.manifest.generation
        listing = fingerprint(self.fusion, query.text, query.mode, query.filters)
        first = decode_cursor(query.cursor, generation, listing) if query.cursor else 0
        pool, total = self._rank(query, snapshot, encoder)
        last = first + query.limit
        more = last < len(pool)
        return Ranking(
            generation=generation,
            hits=_hits(snapshot, pool[first:last], first),
            total=total,
            next_cursor=encode_cursor(generation, listing, last) if more else None,
        )

    def snapshot(self) -> Snapshot:
        """The newest generation, opened once; raises IndexMissing or IndexDamaged."""
        return self._newest()[0]

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

    def _rank(
        self, query: Query, snapshot: Snapshot, encoder: Encoder
    ) -> tuple[list[Candidate], Total]:
        arms: dict[str, list[Candidate]] = {}
        if query.mode != "lexical":
            vector = encoder.encode_queries([query.text])[0]
            arms["dense"] = snapshot.dense(vector, self._depth, query.filters)
        if query.mode != "dense":
            arms["lexical"] = snapshot.lexical(query.text, self._depth, query.filters)
        # One arm alone keeps its own scores: there is nothing to make comparable.
        pool = FUSIONS[self.fusion](arms) if len(arms) > 1 else next(iter(arms.values()))
        full = any(len(arm) == self._depth for arm in arms.values())
        return pool, Total(len(pool), "gte" if full else "eq")


def _hits(snapshot: Snapshot, page: list[Candidate], first: int) -> tuple[Hit, ...]:
    located = snapshot.locate([candidate.passage_id for candidate in page])
    return tuple(
        Hit(rank, candidate.score, found.passage, found.article)
        for rank, (candidate, found) in enumerate(zip(page, located, strict=True), start=first + 1)
    )
