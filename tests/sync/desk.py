"""A folder of articles, and the index that is kept up to date with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.documents import Article
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import NO_FILTERS
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard
from indexer.pipeline import Progress, Summary, index
from indexer.reading import Intake

Record = dict[str, Any]

FERRY = {
    "id": "ferry",
    "text": "The ferry left the harbour late.",
    "date": "2026-01-15T20:45-05:00",
}
BRIDGE = {"id": "bridge", "text": "The bridge reopened on Monday.", "desk": "local"}
STORM = {"id": "storm", "text": "A storm is expected at the coast."}


def once_read(act: Callable[[], object]) -> Progress:
    """Progress that acts once, when the input is read to its end."""
    left = [act]

    def progress(stage: str, done: float, passages: int) -> None:  # noqa: ARG001 (a Progress)
        if done == 1 and left:
            left.pop()()

    return progress


@dataclass(frozen=True)
class Desk:
    """A folder of articles, the index of it, and the encoder between them."""

    folder: Path
    engine: LocalEngine
    encoder: CachedEncoder

    def write(self, *records: Record, name: str = "wire.jsonl") -> None:
        """Make these the articles of one file."""
        (self.folder / name).write_text("\n".join(map(json.dumps, records)))

    def sync(
        self,
        *paths: str | Path,
        complete: bool = False,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Summary:
        """Index the folder, or these paths; `meanwhile` happens when all is read."""
        intake = Intake(paths or (self.folder,), complete=complete)
        chunking = ChunkingCard(48, 0)
        return index(intake, self.engine, self.encoder, chunking, once_read(meanwhile))

    def indexed(self) -> dict[str, Article]:
        """What the index holds, by id."""
        with closing(self.engine.snapshot()) as snapshot:
            return {article.id: article for article in snapshot.articles(NO_FILTERS, 0, 100)}


def opened(directory: Path, encoder: CachedEncoder) -> Desk:
    folder = directory / "articles"
    folder.mkdir()
    return Desk(folder, LocalEngine(directory / "index"), encoder)


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.added, summary.changed, summary.unchanged, summary.removed
