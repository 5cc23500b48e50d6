"""Articles to index: the only file that knows the order of the stages."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import Engine
from indexer.engines.manifest import ChunkingCard, Manifest
from indexer.errors import DatelineError
from indexer.loaders import Loaded, Problem, find_files, load_file
from indexer.writing import Chunked, Writer

# Enough passages at once for the encoder to find many of one length; some seconds of its work.
_BATCH = 128


class Progress(Protocol):
    """Is told how far the work has come."""

    def __call__(self, stage: str, done: float, passages: int) -> None:
        """`done` is the share of the input worked through (0 to 1), `passages` those written."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did: articles and passages written, passages encoded anew."""

    manifest: Manifest
    articles: int
    passages: int
    encoded: int
    skipped_files: int
    seconds: float
    problems: tuple[Problem, ...]


def index(
    paths: Sequence[str | Path],
    engine: Engine,
    encoder: CachedEncoder,
    chunking: ChunkingCard,
    progress: Progress,
    source: str | None = None,
) -> Summary:
    """Read, chunk and encode the articles under `paths`, and publish them as a new generation.

    `source` names the publisher of articles that name none. Raises DatelineError when there is
    no article at all or passages would be longer than the model reads, and whatever
    `Engine.draft` raises; then the index stays as it was.
    """
    started = time.monotonic()
    writer = Writer(encoder, chunking)
    encoded_before = encoder.misses
    reading = _Reading(paths, writer)
    articles = passages = 0
    with engine.draft(writer.model, chunking) as draft:
        for batch in _batches(reading.articles(source)):
            passages += writer.add(draft, batch)
            articles += len(batch)
            progress("indexing", reading.done, passages)
        if not articles:
            raise DatelineError(_nothing(paths, reading.problems))
        progress("publishing", 1.0, passages)
        manifest = draft.publish()
    return Summary(
        manifest=manifest,
        articles=articles,
        passages=passages,
        encoded=encoder.misses - encoded_before,
        skipped_files=reading.skipped,
        seconds=time.monotonic() - started,
        problems=tuple(reading.problems),
    )


class _Reading:
    """Reads and chunks articles one by one, and keeps account of what went wrong."""

    def __init__(self, paths: Sequence[str | Path], writer: Writer) -> None:
        found = find_files(paths)
        self._files = found.files
        self._writer = writer
        self._seen: dict[str, str] = {}
        self._read = 0.0
        self.skipped = found.skipped
        self.problems = list(found.problems)

    @property
    def done(self) -> float:
        """The share of the input that is read, files counting alike."""
        return self._read / max(1, len(self._files))

    def articles(self, source: str | None) -> Iterator[Chunked]:
        """Every article with its passages; the first of those that share an id."""
        for number, file in enumerate(self._files):
            for item in load_file(file, source=source):
                if isinstance(item, Problem):
                    self.problems.append(item)
                elif self._is_first(item):
                    self._read = number + item.share
                    yield self._writer.chunk(item.article)
            self._read = number + 1

    def _is_first(self, item: Loaded) -> bool:
        first = self._seen.setdefault(item.article.id, item.where)
        if first == item.where:
            return True
        reason = f"left out: it has the id {item.article.id!r}, as has {first}"
        self.problems.append(Problem(item.where, reason))
        return False


def _batches(articles: Iterator[Chunked]) -> Iterator[list[Chunked]]:
    """Articles in groups of at least `_BATCH` passages, the last one apart."""
    batch: list[Chunked] = []
    size = 0
    for chunked in articles:
        batch.append(chunked)
        size += len(chunked.passages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _nothing(paths: Sequence[str | Path], problems: list[Problem]) -> str:
    reasons = "".join(f"\n  {problem.where}: {problem.reason}" for problem in problems)
    return f"No article could be read from {', '.join(map(str, paths))}.{reasons}"
