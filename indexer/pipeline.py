"""Articles to index: the only file that knows the order of the stages."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from indexer.documents import Article
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import Draft, Engine, Snapshot
from indexer.engines.manifest import ChunkingCard, Manifest
from indexer.errors import DatelineError, IndexMissing
from indexer.loaders import Problem
from indexer.reading import Intake, Reading
from indexer.writing import Chunked, Writer

# Enough passages at once for the encoder to find many of one length; some seconds of its work.
_BATCH = 128


class Progress(Protocol):
    """Is told how far the work has come, article by article."""

    def __call__(self, stage: str, done: float, passages: int) -> None:
        """`done` is the share of the input worked through (0 to 1), `passages` those written."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did to the articles of an index.

    `passages` were written, `encoded` of them by the model, the others out of the cache.
    `manifest` is the newest generation's, which is the one before if nothing changed. `withheld`
    says that articles were to be withdrawn and none was, because something could not be read.
    """

    manifest: Manifest
    added: int
    changed: int
    unchanged: int
    removed: int
    withheld: bool
    passages: int
    encoded: int
    skipped_files: int
    seconds: float
    problems: tuple[Problem, ...]

    @property
    def articles(self) -> int:
        """How many articles were read."""
        return self.added + self.changed + self.unchanged

    @property
    def published(self) -> bool:
        """Whether there is a new generation."""
        return bool(self.added or self.changed or self.removed)


def index(
    intake: Intake,
    engine: Engine,
    encoder: CachedEncoder,
    chunking: ChunkingCard,
    progress: Progress,
) -> Summary:
    """Bring the index up to date with the articles of `intake`, in one new generation.

    An article that is in the index just as it was read is neither chunked nor encoded; if all
    are, nothing is published. Raises DatelineError when there is no article at all or passages
    would be longer than the model reads, and whatever `Engine.draft` raises; then the index
    stays as it was.
    """
    started = time.monotonic()
    writer = Writer(encoder, chunking)
    encoded_before = encoder.misses
    reading = Reading(intake)
    # The writer's lock is taken first, so that what is compared with is what is built upon.
    with engine.draft(writer.model, chunking) as draft, _newest(engine) as base:
        sync = _Sync(writer, draft, base)
        for article in reading.articles():
            sync.take(article)
            progress("indexing", reading.done, sync.passages)
        sync.write()
        if not reading.seen:
            raise DatelineError(_nothing(intake, reading.problems))
        if intake.complete and reading.lossless:
            sync.prune(reading.seen)
        manifest = sync.finish(progress)
    return Summary(
        manifest=manifest,
        added=sync.added,
        changed=sync.changed,
        unchanged=sync.unchanged,
        removed=sync.removed,
        withheld=intake.complete and not reading.lossless,
        passages=sync.passages,
        encoded=encoder.misses - encoded_before,
        skipped_files=reading.skipped,
        seconds=time.monotonic() - started,
        problems=tuple(reading.problems),
    )


class _Sync:
    """Writes what is new or changed to a draft, in batches, and counts everything."""

    def __init__(self, writer: Writer, draft: Draft, base: Snapshot | None) -> None:
        self._writer, self._draft, self._base = writer, draft, base
        self._waiting: list[Chunked] = []
        self._size = 0
        self.added = self.changed = self.unchanged = self.removed = self.passages = 0

    def take(self, article: Article) -> None:
        """Write `article`, unless the index has it as it is."""
        stored = self._base.article(article.id) if self._base else None
        if stored is not None and _alike(stored, article):
            self.unchanged += 1
            return
        self.changed += stored is not None
        self.added += stored is None
        chunked = self._writer.chunk(article)
        self._waiting.append(chunked)
        self._size += len(chunked.passages)
        if self._size >= _BATCH:
            self.write()

    def write(self) -> None:
        """Encode and add the articles that wait for others to be encoded with."""
        self.passages += self._writer.add(self._draft, self._waiting)
        self._waiting, self._size = [], 0

    def prune(self, kept: Container[str]) -> None:
        """Withdraw every article that is not among `kept`."""
        for id_ in self._base.ids() if self._base else ():
            if id_ not in kept:
                self.removed += self._draft.remove(id_)

    def finish(self, progress: Progress) -> Manifest:
        """Publish what differs from the generation before; the manifest of the newest."""
        if self._base and not (self.added or self.changed or self.removed):
            return self._base.manifest
        progress("publishing", 1.0, self.passages)
        return self._draft.publish()


@contextmanager
def _newest(engine: Engine) -> Iterator[Snapshot | None]:
    """The newest generation, or None when nothing was published yet."""
    try:
        snapshot = engine.snapshot()
    except IndexMissing:
        snapshot = None
    if snapshot is None:
        yield None
        return
    with closing(snapshot):
        yield snapshot


def _alike(stored: Article, article: Article) -> bool:
    return stored == article and _spelled(stored) == _spelled(article)


def _spelled(article: Article) -> tuple[str, str, str]:
    # A moment equals itself with another offset, which decides the day a citation names, and
    # among numbers true is 1.
    return str(article.published_at), str(article.updated_at), str(article.metadata)


def _nothing(intake: Intake, problems: list[Problem]) -> str:
    reasons = "".join(f"\n  {problem.where}: {problem.reason}" for problem in problems)
    return f"No article could be read from {', '.join(map(str, intake.paths))}.{reasons}"
