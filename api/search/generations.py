"""The generations a process answers from: the newest, and older ones that cursors lead into."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from api.search.errors import StaleCursor
from api.search.query_vectors import Meaning, QueryVectors
from indexer.encoders.base import Encoder
from indexer.engines.base import Engine, Snapshot
from indexer.engines.manifest import ModelCard
from indexer.errors import DatelineError, GenerationGone

RETRY_SECONDS = 10.0
# What is open cannot be pruned, so that an older generation is let go soon after its last page.
IDLE_SECONDS = 60.0
MOST_OLDER = 4
# The way to another thread and back takes .2 ms, and .6 of the processors' time; looking for words
# took .5 in 100,000 passages, and nothing was gained there yet.
BESIDE = 200_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """A generation open for searching, and what turns queries into vectors of its model."""

    snapshot: Snapshot
    vectors: QueryVectors

    @property
    def name(self) -> str:
        """The name that answers, cursors and entity tags carry."""
        return self.snapshot.manifest.generation

    def meanings(self, texts: Sequence[str], alone: bool = False) -> list[Meaning]:
        """What queries mean; in a large index, words can be looked for while that is found out.

        That takes a search which is `alone` in its process: where there are others, no core waits
        for something to do.
        """
        if alone and self.snapshot.manifest.passages >= BESIDE:
            return self.vectors.beside(texts)
        return self.vectors.of(texts)


@dataclass(frozen=True, slots=True)
class Behind:
    """Why the newest generation is not the one served, and when it is tried again.

    `name` is None where not even that can be read.
    """

    name: str | None
    error: Exception
    retry_at: float


class Generations:
    """Keeps the newest generation open, and the latest others; safe to use from several threads."""

    def __init__(self, engine: Engine, open_encoder: Callable[[ModelCard], Encoder]) -> None:
        self._engine = engine
        self._open_encoder = open_encoder
        self._newest: Generation | None = None
        self._behind: Behind | None = None
        self._opening = Lock()
        # When each was last asked for, the latest at the end.
        self._older: dict[str, tuple[Generation, float]] = {}
        self._older_lock = Lock()

    @property
    def behind(self) -> Behind | None:
        """Why the generation served is not the newest; None while it is."""
        return self._behind

    def newest(self) -> Generation:
        """The newest generation at hand; waits for opening only where nothing is open yet.

        Raises IndexMissing, IndexDamaged, IndexMismatch or ModelUnavailable.
        """
        if self._newest is None:
            with self._opening:
                if self._newest is None:
                    self._newest = self._opened()
        return self._newest

    def named(self, name: str) -> Generation:
        """The generation called `name`, opened if need be; raises StaleCursor when it is gone."""
        if self.newest().name != name:
            # Whichever process gave the name out may have known sooner of what is newest.
            self.refresh()
        newest = self.newest()
        if newest.name == name:
            return newest
        with self._older_lock:
            found = self._older.get(name)
            generation = found[0] if found else self._still_there(name)
            self._keep(generation)
        return generation

    def judging(self, generation: Generation) -> Generation:
        """What says which articles of `generation` still stand: the newest, or itself if newer."""
        return max(self.newest(), generation, key=lambda one: one.snapshot.manifest.number)

    def refresh(self) -> None:
        """Go on to the newest generation, opened beside the one at hand, which serves until then.

        Does nothing before the first is open. What cannot be opened is left to `behind`, and tried
        again after RETRY_SECONDS or when there is a newer one.
        """
        with self._opening:
            if self._newest is not None:
                self._behind = self._go_on(self._newest)
        with self._older_lock:
            self._let_go()

    def _go_on(self, at_hand: Generation) -> Behind | None:
        name = None
        try:
            name = self._engine.current()
            if name == at_hand.name:
                return None
            if self._behind and self._behind.name == name and monotonic() < self._behind.retry_at:
                return self._behind
            self._newest = self._opened()
        # Whatever it is: the generation at hand is still good, and `behind` tells.
        except Exception as error:
            return self._stays(name, error)
        # Threads may still be answering from it, and its next pages may be asked for.
        with self._older_lock:
            self._keep(at_hand)
        return None

    def _stays(self, name: str | None, error: Exception) -> Behind:
        before = self._behind
        if before and before.name == name and monotonic() < before.retry_at:
            return before
        unforeseen = None if isinstance(error, DatelineError) else error
        log.error("Generation %s cannot be served: %s", name, error, exc_info=unforeseen)
        return Behind(name, error, monotonic() + RETRY_SECONDS)

    def _still_there(self, name: str) -> Generation:
        try:
            return self._opened(name)
        except GenerationGone as error:
            raise StaleCursor(
                "The index has changed since this cursor was given out: leave `cursor` out to "
                "begin again at the first page."
            ) from error

    def _opened(self, name: str | None = None) -> Generation:
        snapshot = self._engine.snapshot(name)
        try:
            return Generation(snapshot, self._vectors(snapshot.manifest.model))
        except Exception:
            snapshot.close()
            raise

    def _vectors(self, model: ModelCard) -> QueryVectors:
        for generation in self._at_hand():
            if generation.snapshot.manifest.model.fingerprint == model.fingerprint:
                return generation.vectors
        return QueryVectors(self._open_encoder(model))

    def _at_hand(self) -> Iterator[Generation]:
        if self._newest:
            yield self._newest
        yield from (generation for generation, _ in list(self._older.values()))

    def _keep(self, generation: Generation) -> None:
        self._older.pop(generation.name, None)
        self._older[generation.name] = generation, monotonic()
        self._let_go()

    def _let_go(self) -> None:
        """Forget, among older generations, all but the latest asked for a short while ago."""
        latest = list(self._older.items())[-MOST_OLDER:]
        bound = monotonic() - IDLE_SECONDS
        self._older = {name: kept for name, kept in latest if kept[1] > bound}
