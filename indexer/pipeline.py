"""Articles to index: the only file that knows the order of the stages."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from indexer.ahead import Encoded, encoded_ahead
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
        """`done` is the share of the stage that is done (0 to 1), `passages` those it worked at."""


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
    are, nothing is published. What is new is encoded before others are kept from writing. Raises
    DatelineError when there is no article at all or passages would be longer than the model
    reads, and whatever `Engine.draft` raises; then the index stays as it was.
    """
    started = time.monotonic()
    reading = Reading(intake)
    with ExitStack() as stack:
        before = stack.enter_context(_newest(engine))
        writer = Writer(encoder, chunking, before.manifest.model if before else None)
        encoded_before = encoder.misses
        # What would be refused in the end is refused before hours of encoding.
        with engine.draft(writer.model, chunking):
            pass
        batches = _batches(reading, before, writer, progress)
        encoded = stack.enter_context(encoded_ahead(batches, writer))
        draft = stack.enter_context(engine.draft(writer.model, chunking))
        sync = _Sync(writer, draft, before, stack.enter_context(_newest(engine)))
        for batch in _told(encoded, progress):
            sync.take(batch)
        if not reading.seen:
            raise DatelineError(_nothing(intake, reading.problems))
        if intake.complete and reading.lossless:
            sync.prune(reading.seen)
        manifest = sync.finish(progress)
    return Summary(
        manifest=manifest,
        added=sync.added,
        changed=sync.changed,
        unchanged=len(reading.seen) - sync.added - sync.changed,
        removed=sync.removed,
        withheld=intake.complete and not reading.lossless,
        passages=sync.passages,
        encoded=encoder.misses - encoded_before,
        skipped_files=reading.skipped,
        seconds=time.monotonic() - started,
        problems=tuple(reading.problems),
    )


def _batches(
    reading: Reading, base: Snapshot | None, writer: Writer, progress: Progress
) -> Iterator[Sequence[Chunked]]:
    """The articles that a generation does not have as they are, chunked."""
    batch: list[Chunked] = []
    size = passages = 0
    for article in reading.articles():
        if not _alike(_stored(base, article.id), article):
            batch.append(writer.chunk(article))
            size += len(batch[-1].passages)
        if size >= _BATCH:
            yield batch
            passages += size
            batch, size = [], 0
        progress("indexing", reading.done, passages)
    if batch:
        yield batch


def _told(encoded: Encoded, progress: Progress) -> Iterator[Sequence[Chunked]]:
    """The batches that were encoded, as they are written."""
    passages = 0
    for number, batch in enumerate(encoded.batches(), start=1):
        yield batch
        passages += sum(len(chunked.passages) for chunked in batch)
        progress("writing", number / encoded.count, passages)


class _Sync:
    """Writes what is new or changed to a draft, and counts everything.

    The input was compared with the generation `before`, and others may have published since: the
    draft builds on `base`. What they have done to an article is later than what was read, and
    stands.
    """

    def __init__(
        self, writer: Writer, draft: Draft, before: Snapshot | None, base: Snapshot | None
    ) -> None:
        self._writer, self._draft, self._before, self._base = writer, draft, before, base
        self.added = self.changed = self.removed = self.passages = 0

    def take(self, batch: Sequence[Chunked]) -> None:
        """Write these articles."""
        own = [chunked for chunked in batch if not self._overtaken(chunked.article.id)]
        changed = sum(_stored(self._base, chunked.article.id) is not None for chunked in own)
        self.changed += changed
        self.added += len(own) - changed
        self.passages += self._writer.add(self._draft, own)

    def prune(self, kept: Container[str]) -> None:
        """Withdraw every article that is not among `kept`."""
        for id_ in self._before.ids() if self._before else ():
            if id_ not in kept and not self._overtaken(id_):
                self.removed += self._draft.remove(id_)

    def finish(self, progress: Progress) -> Manifest:
        """Publish what differs from the generation before; the manifest of the newest."""
        if self._base and not (self.added or self.changed or self.removed):
            return self._base.manifest
        progress("publishing", 1.0, self.passages)
        return self._draft.publish()

    def _overtaken(self, article_id: str) -> bool:
        now = _stored(self._base, article_id)
        return not _alike(_stored(self._before, article_id), now)


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


def _stored(base: Snapshot | None, article_id: str) -> Article | None:
    return base.article(article_id) if base else None


def _alike(one: Article | None, other: Article | None) -> bool:
    return one == other and _spelled(one) == _spelled(other)


def _spelled(article: Article | None) -> tuple[str, ...]:
    if article is None:
        return ()
    # A moment equals itself with another offset, which decides the day a citation names, and
    # among numbers true is 1.
    return str(article.published_at), str(article.updated_at), str(article.metadata)


def _nothing(intake: Intake, problems: list[Problem]) -> str:
    reasons = "".join(f"\n  {problem.where}: {problem.reason}" for problem in problems)
    named = ", ".join(str(path) or "''" for path in intake.paths)
    return f"No article could be read from {named}.{reasons}"
