"""The embedded engine: generations in a directory, for one machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.engines.base import Draft
from indexer.engines.local.draft import LocalDraft
from indexer.engines.local.layout import Layout, checksum
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import GenerationGone, IndexBusy, IndexDamaged, IndexMismatch, IndexMissing


class LocalEngine:
    """Keeps an index in `directory`: any number of readers, one writer at a time."""

    def __init__(self, directory: Path) -> None:
        self._layout = Layout(directory)

    def current(self) -> str:
        """The name of the newest published generation; raises IndexMissing when none is."""
        return self._layout.current()

    def snapshot(self, name: str | None = None) -> LocalSnapshot:
        """Open the newest generation, or the one called `name` while it is kept."""
        if name is not None:
            return self._kept(name)
        name = self.current()
        while True:
            try:
                return LocalSnapshot(self._layout.generation(name))
            except IndexDamaged:
                # Two publications since the name was read, and a writer has swept it away.
                newest = self.current()
                if newest == name:
                    raise
                name = newest

    def _kept(self, name: str) -> LocalSnapshot:
        if name not in self._layout.kept():
            raise GenerationGone(f"Generation {name} is kept no longer.")
        return LocalSnapshot(self._layout.generation(name))

    def verify(self, manifest: Manifest) -> None:
        """Read every file of a generation; raises IndexDamaged when one is not as written."""
        directory = self._layout.generation(manifest.generation)
        for name, card in manifest.files.items():
            if checksum(directory / name) != card:
                raise IndexDamaged(
                    f"File {name} of generation {manifest.generation} is not what was written: "
                    "index everything into a new directory."
                )

    @contextmanager
    def draft(self, model: ModelCard, chunking: ChunkingCard) -> Iterator[Draft]:
        """Begin the next generation; leaving without publishing discards it."""
        with self._locked():
            base = self._base(model, chunking)
            with self._layout.writing():
                self._layout.sweep()
                draft = LocalDraft(self._layout, base, model, chunking)
            try:
                yield draft
            finally:
                draft.discard()
                if base:
                    base.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._layout.writing():
            self._layout.directory.mkdir(parents=True, exist_ok=True)
            file = self._layout.lock.open("a")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise IndexBusy(
                    "Another process is writing to this index: try again when it has finished."
                ) from None
            yield

    def _base(self, model: ModelCard, chunking: ChunkingCard) -> LocalSnapshot | None:
        try:
            base = self.snapshot()
        except IndexMissing:
            return None
        _check_alike(base.manifest, model, chunking)
        return base


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
