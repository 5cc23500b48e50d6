"""The embedded engine: generations in a directory, for one machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from indexer.engines.base import Draft
from indexer.engines.local.backup import Progress, back_up, restore
from indexer.engines.local.compaction import Compaction
from indexer.engines.local.draft import LocalDraft
from indexer.engines.local.history import Kept, history, roll_back
from indexer.engines.local.layout import Layout
from indexer.engines.local.nearest import USUAL, Approximation
from indexer.engines.local.opening import Opener
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.sweeping import Sweeper
from indexer.engines.local.tiers import TIERED, Plan
from indexer.engines.local.verification import Checked, verify
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import GenerationGone, IndexBusy, IndexMismatch, IndexMissing

RETAIN_SECONDS = 600.0
_WRITE = "write.lock"
_COMPACT = "compact.lock"


class LocalEngine:
    """Keeps an index in `directory`: any number of readers, one writer at a time.

    A generation stays for `retain_seconds` after a newer one has taken its place; who wants to
    write waits up to `patience` seconds for whoever is writing. Large segments get an approximate
    index as `approximation` says.
    """

    def __init__(
        self,
        directory: Path,
        retain_seconds: float = RETAIN_SECONDS,
        patience: float = 0.0,
        approximation: Approximation = USUAL,
    ) -> None:
        self._layout = Layout(directory)
        self._opener = Opener(self._layout)
        self._sweeper = Sweeper(self._layout)
        self._retain_seconds, self._patience = retain_seconds, patience
        self._approximation = approximation

    def current(self) -> str:
        """The name of the newest published generation; raises IndexMissing when none is."""
        return self._layout.current()

    def snapshot(self, name: str | None = None) -> LocalSnapshot:
        """Open the newest generation, or the one called `name` while it is kept."""
        if name is not None:
            return self._opener.snapshot(self._kept(name))
        while True:
            newest = self.current()
            try:
                return self._opener.snapshot(newest)
            except GenerationGone:
                # Publications since the name was read, and a writer has swept it away.
                if newest == self.current():
                    raise

    @contextmanager
    def draft(self, model: ModelCard, chunking: ChunkingCard) -> Iterator[Draft]:
        """Begin the next generation; leaving without publishing discards it."""
        with self._locked(), ExitStack() as stack:
            base = self._base(stack)
            if base:
                _check_alike(base.manifest, model, chunking)
            with self._layout.writing():
                draft = LocalDraft(
                    self._layout, self._opener, base, model, chunking, self._approximation
                )
            try:
                yield draft
            finally:
                draft.discard()

    def compact(self, plan: Plan = TIERED) -> Manifest | None:
        """Merge the segments that `plan` chooses; None if there was nothing to do.

        Searches go on, and so do writers but for an instant. Nothing is encoded again. Raises
        IndexMissing, or IndexBusy when another process compacts.
        """
        self.current()
        with self._compacting():
            compaction = Compaction(
                self._layout, self._opener, self._rewriting, self._approximation
            )
            return compaction.run(plan)

    def verify(self, name: str | None = None) -> Iterator[Checked]:
        """Read every byte of the newest generation, or of `name`, and see what is wrong with it.

        Raises IndexMissing or GenerationGone.
        """
        return verify(self._layout, self._opener, self._kept(name or self.current()))

    def back_up(self, target: Path, progress: Progress) -> Manifest:
        """Write the newest generation and the inbox to one file, while others read and write."""
        return back_up(self._layout, self.snapshot, target, progress)

    def restore(self, source: Path, progress: Progress) -> Manifest:
        """Make this index of a backup; raises DatelineError where there is one already."""
        return restore(source, self._layout, progress)

    def generations(self) -> list[Kept]:
        """The generations that are kept, oldest first; raises IndexMissing."""
        return history(self._layout)

    def roll_back(self, name: str) -> Manifest:
        """Publish generation `name` once more, as the newest; raises GenerationGone."""
        with self._compacting(), closing(self.snapshot(name)) as target, self._locked():
            return roll_back(self._layout, self._opener, target)

    def _kept(self, name: str) -> str:
        if name not in self._layout.kept():
            raise GenerationGone(f"Generation {name} is kept no longer.")
        return name

    @contextmanager
    def _compacting(self) -> Iterator[None]:
        with self._layout.locked(_COMPACT, self._patience):
            self._layout.abandon_compaction()
            try:
                yield
            finally:
                self._layout.abandon_compaction()

    @contextmanager
    def _rewriting(self) -> Iterator[LocalSnapshot]:
        """Hold the write lock over the newest generation; raises IndexMissing."""
        with self._locked(), closing(self.snapshot()) as base:
            yield base

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the write lock; sweep before and after."""
        with self._layout.locked(_WRITE, self._patience):
            self._sweep()
            yield
            self._sweep()

    def _base(self, stack: ExitStack) -> LocalSnapshot | None:
        try:
            return stack.enter_context(closing(self.snapshot()))
        except IndexMissing:
            return None

    def _sweep(self) -> None:
        with self._layout.writing():
            self._sweeper.sweep(self._retain_seconds)
            # What a merge that was killed has left may be all the room there is. Who merges has
            # the lock, and is let alone.
            with suppress(IndexBusy), self._layout.locked(_COMPACT):
                self._layout.abandon_compaction()


def _check_alike(base: Manifest, model: ModelCard, chunking: ChunkingCard) -> None:
    if base.model.fingerprint != model.fingerprint:
        raise IndexMismatch(
            f"The index was built with the model {base.model.name}, which is not {model.name}: "
            "use that model, or index everything into a new directory."
        )
    if base.chunking != chunking:
        raise IndexMismatch(
            f"The index holds passages of {base.chunking.tokens} tokens with an overlap of "
            f"{base.chunking.overlap}, not {chunking.tokens} with {chunking.overlap}: "
            "use the same settings, or index everything into a new directory."
        )
