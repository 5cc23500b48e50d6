"""From the inbox to the index: what waits is worked in, one generation for each batch.

Each change counts exactly once, whenever the process dies: the generation itself says how far the
inbox was worked in (`Manifest.drained`), and becomes current in the same instant.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.article_json import from_json, to_json
from indexer.documents import Article
from indexer.encoders.cache import CachedEncoder
from indexer.encoders.canaries import CANARY_TEXTS
from indexer.engines.base import Draft, Engine, Snapshot
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import IndexDamaged, IndexMissing, ModelUnavailable
from indexer.failpoints import reach
from indexer.inbox import Inbox
from indexer.jobs import Entry, Outcome
from indexer.writing import Chunked, Writer

# What the encoder takes some seconds for, so that nobody waits long for what came before.
MOST_ENTRIES = 500
MOST_CHARACTERS = 100_000

SET_ASIDE = "It could not be indexed; the log of `dateline ingest` says why."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the articles of an index are written, and the card it has of the model."""

    encoder: CachedEncoder
    writer: Writer
    model: ModelCard

    @classmethod
    def of(
        cls, encoder: CachedEncoder, chunking: ChunkingCard, model: ModelCard | None = None
    ) -> Recipe:
        """The recipe of an index that has the card `model`, or of one that is to be made."""
        writer = Writer(encoder, chunking)
        return cls(encoder, writer, model or writer.model)

    def suits(self, manifest: Manifest) -> bool:
        """Whether an index was made by it."""
        return (self.model.fingerprint, self.writer.chunking) == (
            manifest.model.fingerprint,
            manifest.chunking,
        )


@dataclass(frozen=True, slots=True)
class Drained:
    """What a batch did: the generation it is in, if there is any, and how many changes did what."""

    generation: str | None
    outcomes: Counter[str]

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return f"Generation {self.generation}: {counts}." if self.generation else f"{counts}."


class _Unwritable(Exception):
    """Something in a batch could not be chunked, encoded or added."""


class Ingest:
    """Works the changes of an inbox into an index; only one process may do that."""

    def __init__(
        self, inbox: Inbox, engine: Engine, open_recipe: Callable[[Manifest | None], Recipe]
    ) -> None:
        """`open_recipe` gives that of an index, or of one that is still to be made."""
        self._inbox = inbox
        self._engine = engine
        self._open_recipe = open_recipe
        self._recipe: Recipe | None = None
        self._snapshot: Snapshot | None = None

    def drain(self) -> Drained | None:
        """Work in the changes that come next, or return None when none waits.

        Raises IndexBusy when somebody else writes, and DatelineError, OSError or sqlite3.Error
        when it cannot be done now; then the changes wait on.
        """
        base = self._newest()
        published = base.manifest.drained if base else 0
        if base:
            # Loaded before anything waits for it.
            self._recipe_for(base.manifest)
        self._inbox.align(published)
        entries = self._inbox.take(MOST_ENTRIES, MOST_CHARACTERS)
        if not entries:
            return None
        reach("batch-taken")
        if base and entries[0].number <= published:
            return self._mark([e for e in entries if e.number <= published], base)
        return self._work_in(entries)

    def close(self) -> None:
        """Let go of the index and the model."""
        if self._snapshot:
            self._snapshot.close()
            self._snapshot = None
        if self._recipe:
            self._recipe.encoder.close()
            self._recipe = None

    def _mark(self, entries: Sequence[Entry], base: Snapshot) -> Drained:
        """Settle what a process worked in that died before it could say so."""
        outcomes = [
            (entry, Outcome.WITHDRAWN if entry.payload is None else Outcome.INDEXED)
            for entry in entries
        ]
        return self._settle(outcomes, base.manifest.generation)

    def _work_in(self, entries: Sequence[Entry]) -> Drained:
        try:
            return self._together(entries)
        except _Unwritable as error:
            if len(entries) == 1:
                return self._set_aside(entries[0], error)
            log.warning("A batch could not be written and is tried one by one: %r", error.__cause__)
        alone = [self._work_in([entry]) for entry in entries]
        total = sum((drained.outcomes for drained in alone), Counter[str]())
        return Drained(alone[-1].generation, total)

    def _together(self, entries: Sequence[Entry]) -> Drained:
        base = self._newest()
        recipe = self._recipe_for(base.manifest if base else None)
        with self._engine.draft(recipe.model, recipe.writer.chunking) as draft:
            # Only now, with the lock, is it certain what the draft is built on.
            base = self._newest()
            outcomes = _written(draft, base, recipe, entries)
            reach("batch-written")
            if any(outcome is not Outcome.UNCHANGED for _, outcome in outcomes):
                manifest: Manifest | None = draft.publish(drained=entries[-1].number)
                reach("generation-published-unmarked")
            else:
                manifest = base.manifest if base else None
        return self._settle(outcomes, manifest.generation if manifest else None)

    def _settle(self, outcomes: Sequence[tuple[Entry, Outcome]], generation: str | None) -> Drained:
        self._inbox.settle(outcomes, generation)
        reach("batch-marked")
        return Drained(generation, Counter(outcome.value for _, outcome in outcomes))

    def _set_aside(self, entry: Entry, error: _Unwritable) -> Drained:
        """Give an entry up, if it is really that which is wrong; raises what happened if not."""
        cause = error.__cause__ or error
        self._check_by_a_sound_article(len(entry.payload or ""), cause)
        log.error("The article %r is set aside", entry.article_id, exc_info=cause)
        self._inbox.set_aside(entry, SET_ASIDE)
        return Drained(None, Counter(failed=1))

    def _check_by_a_sound_article(self, length: int, cause: BaseException) -> None:
        """Raise `cause` if an article that nothing is wrong with could not be written either."""
        base = self._newest()
        recipe = self._recipe_for(base.manifest if base else None)
        text = CANARY_TEXTS[0] + "\n\n" + CANARY_TEXTS[0] * (length // len(CANARY_TEXTS[0]))
        try:
            # The vectors of passages may be known already: this one asks the model.
            recipe.encoder.encode_queries(CANARY_TEXTS[:1])
            with self._engine.draft(recipe.model, recipe.writer.chunking) as trial:
                recipe.writer.write(trial, [Article("sound", "", text)])
        except Exception:
            log.exception("A sound article cannot be written either")
            raise cause from None

    def _newest(self) -> Snapshot | None:
        """The current generation, kept open; None when there is none."""
        try:
            name = self._engine.current()
        except IndexMissing:
            return None
        if self._snapshot is None or self._snapshot.manifest.generation != name:
            before, self._snapshot = self._snapshot, self._engine.snapshot()
            if before:
                before.close()
        return self._snapshot

    def _recipe_for(self, manifest: Manifest | None) -> Recipe:
        known = self._recipe
        if known and (manifest is None or known.suits(manifest)):
            return known
        self._recipe = self._open_recipe(manifest)
        if known:
            known.encoder.close()
        return self._recipe


def _written(
    draft: Draft, base: Snapshot | None, recipe: Recipe, entries: Sequence[Entry]
) -> list[tuple[Entry, Outcome]]:
    """Write what the last entry of each article says; the entries before it share its fate.

    Raises _Unwritable when the fault may be with an article.
    """
    fates: dict[str, Outcome] = {}
    batch: list[Chunked] = []
    try:
        for article_id, entry in {entry.article_id: entry for entry in entries}.items():
            if entry.payload is None:
                there = draft.remove(article_id)
                fates[article_id] = Outcome.WITHDRAWN if there else Outcome.UNCHANGED
            elif base and _says(base.article(article_id), entry.payload):
                fates[article_id] = Outcome.UNCHANGED
            else:
                batch.append(recipe.writer.chunk(from_json(entry.payload)))
                fates[article_id] = Outcome.INDEXED
        if batch:
            recipe.writer.add(draft, batch)
    except Exception as error:
        if _surroundings(error):
            raise
        raise _Unwritable from error
    return [(entry, fates[entry.article_id]) for entry in entries]


def _says(stored: Article | None, payload: str) -> bool:
    return stored is not None and to_json(stored) == payload


def _surroundings(error: BaseException | None) -> bool:
    """Whether it is the disk, the memory, the index or the model that is at fault."""
    while error is not None:
        if isinstance(
            error,
            OSError | MemoryError | sqlite3.OperationalError | IndexDamaged | ModelUnavailable,
        ):
            return True
        error = error.__cause__
    return False
