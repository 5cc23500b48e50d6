"""From the inbox to the index: what waits is worked in, one generation for each batch.

Each change counts exactly once, whenever the process dies: the generation itself says how far the
inbox was worked in (`Manifest.drained`), and becomes current in the same instant.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.documents import Article
from indexer.encoders.cache import CachedEncoder
from indexer.encoders.canaries import CANARY_TEXTS
from indexer.engines.base import Engine, Snapshot
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import IndexMissing
from indexer.failpoints import reach
from indexer.inbox import Inbox
from indexer.ingest_batch import Unwritable, encode, write
from indexer.jobs import Entry, Outcome
from indexer.writing import Writer

# What the encoder takes some seconds for, so that nobody waits long for what came before.
MOST_ENTRIES = 500
MOST_CHARACTERS = 100_000

SET_ASIDE = "It could not be indexed; the log of `dateline ingest` says why."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the articles of an index are written."""

    encoder: CachedEncoder
    writer: Writer

    @classmethod
    def of(
        cls, encoder: CachedEncoder, chunking: ChunkingCard, model: ModelCard | None = None
    ) -> Recipe:
        """The recipe of an index that has the card `model`, or of one that is to be made."""
        return cls(encoder, Writer(encoder, chunking, model))

    def suits(self, manifest: Manifest) -> bool:
        """Whether an index was made by it."""
        return (self.writer.model.fingerprint, self.writer.chunking) == (
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
        self._inbox.align(published)
        if base:
            # Loaded before anything waits for it.
            self._recipe_for(base.manifest)
        entries = self._inbox.take(MOST_ENTRIES, MOST_CHARACTERS)
        if not entries:
            return None
        reach("batch-taken")
        if base and entries[0].number <= published:
            return self._mark(entries, base)
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
        """Settle what a process worked in that has died, or not come, to saying so."""
        outcomes = [
            (entry, entry.outcome_when_drained)
            for entry in entries
            if entry.number <= base.manifest.drained
        ]
        return self._settle(outcomes, base.manifest.generation)

    def _work_in(self, entries: Sequence[Entry]) -> Drained:
        try:
            return self._together(entries)
        except Unwritable as error:
            if len(entries) == 1:
                return self._set_aside(entries[0], error)
            log.warning("A batch could not be written and is tried one by one: %r", error.__cause__)
        alone = [self._work_in([entry]) for entry in entries]
        total = sum((drained.outcomes for drained in alone), Counter[str]())
        return Drained(alone[-1].generation, total)

    def _together(self, entries: Sequence[Entry]) -> Drained:
        base = self._newest()
        recipe = self._recipe_for(base.manifest if base else None)
        # A long article takes the model minutes, which nobody else has to wait.
        encoded = encode(recipe.writer, base, entries)
        with self._engine.draft(recipe.writer.model, recipe.writer.chunking) as draft:
            # Only now, with the lock, is it certain what the draft is built on.
            base = self._newest()
            if base and entries[0].number <= base.manifest.drained:
                # Where `ingest.lock` was removed, or keeps nobody out, there may be two of us:
                # what is later must not be followed by what was before it.
                return self._mark(entries, base)
            outcomes = write(recipe.writer, draft, base, entries, encoded)
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

    def _set_aside(self, entry: Entry, error: Unwritable) -> Drained:
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
            with self._engine.draft(recipe.writer.model, recipe.writer.chunking) as trial:
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
