"""A segment: the articles and passages of a range of numbers, in files that never change.

Vectors, what ranking asks of articles, and the store, joined by number. Words are not here: the
lexical index is one for all segments of a generation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from indexer.engines.base import Candidates, Filters, Handles
from indexer.engines.local.articles import ArticlesReader, ArticlesWriter, Known
from indexer.engines.local.dense import NEAREST, Allowed, DenseReader, DenseWriter, Mask
from indexer.engines.local.files import cards
from indexer.engines.local.nearest import Approximation, build
from indexer.engines.local.store import Entry, StoreReader, StoreWriter
from indexer.engines.local.tombstones import Tombstones
from indexer.engines.manifest import NearestCard, SegmentCard
from indexer.errors import IndexDamaged
from indexer.vectors import Vectors

STORE = "articles.sqlite"
DENSE = "vectors.faiss"
ARTICLES = "articles"
# Filters that are asked for again and again, as those of a section's page are.
_FILTERS_KEPT = 32


class SegmentWriter:
    """Writes a segment, whose first article will be number `first`, into an empty directory."""

    def __init__(
        self, directory: Path, dimension: int, first: int, approximation: Approximation
    ) -> None:
        self._directory, self._approximation = directory, approximation
        self._store = StoreWriter(directory / STORE)
        self._dense = DenseWriter(directory / DENSE, dimension)
        self._articles = ArticlesWriter(directory / ARTICLES)
        self._first = self._end = first
        self._count = 0

    def add(self, entry: Entry, known: Known, vectors: Vectors) -> None:
        """Add an article, numbered above those before it, and float32[passages, dimension]."""
        self._store.add(entry)
        self._articles.add(known, entry.number, self._dense.rows)
        if entry.passages:
            self._dense.add(vectors)
        self._end = entry.number + 1 + len(entry.passages)
        self._count += 1

    def close(self) -> SegmentCard:
        """Finish the files, and say what is in them."""
        for part in (self._store, self._dense, self._articles):
            part.close()
        nearest = self._nearest()
        files = cards(self._directory)
        digest = sha256("".join(card.sha256 for card in files.values()).encode()).hexdigest()
        return SegmentCard(
            name=f"{self._first:012d}-{digest[:8]}",
            first=self._first,
            end=self._end,
            articles=self._count,
            passages=self._dense.rows,
            words=self._articles.words,
            languages=self._articles.languages,
            nearest=nearest,
            files=files,
        )

    def _nearest(self) -> NearestCard | None:
        """Build the approximate index of a segment that is large enough for one."""
        if self._dense.rows < self._approximation.passages:
            return None
        vectors = DenseReader(self._directory / DENSE)
        return build(vectors, self._directory / NEAREST, self._approximation.recall)

    def abandon(self) -> None:
        """Let go of the files, whatever state they are in."""
        for part in (self._store, self._dense, self._articles):
            part.abandon()


class Segment:
    """A finished segment, open for reading; safe to use from several threads."""

    def __init__(self, directory: Path, card: SegmentCard, dimension: int) -> None:
        self.card, self.dimension = card, dimension
        try:
            self.dense = DenseReader(directory / DENSE, card.nearest)
            self.articles = ArticlesReader(directory / ARTICLES, dimension, self.dense.size)
            self.store = StoreReader(directory / STORE, dimension)
        # What FAISS, NumPy and SQLite raise when a file is not what they wrote.
        except (RuntimeError, MemoryError, ValueError, OSError, sqlite3.DatabaseError) as error:
            raise IndexDamaged(
                f"Segment {card.name} cannot be opened ({error}): restore a backup, or index "
                "everything into a new directory."
            ) from error
        found = (self.dense.dimension, self.dense.size, len(self.articles.numbers))
        if found != (dimension, card.passages, card.articles):
            raise IndexDamaged(
                f"Segment {card.name} holds other counts than its manifest says: restore a "
                "backup, or index everything into a new directory."
            )
        # It must not refer to this object: in a circle, files long gone would stay open.
        compute = partial(_passing, self.store, self.articles)
        self.passing: Callable[[Filters], Mask] = lru_cache(maxsize=_FILTERS_KEPT)(compute)

    def search(self, vector: Vectors, depth: int, allowed: Allowed | None) -> Candidates:
        """Numbers and inner products of the `depth` nearest passages that are allowed."""
        found = self.dense.search(vector, depth, allowed)
        return Candidates(self.articles.passages(found.handles), found.scores, found.exact)

    def vectors(self, passages: Handles) -> Vectors:
        """The stored vectors of these passages, float32[n, dimension]."""
        return self.dense.at(self.articles.rows(passages))

    def vectors_of(self, entry: Entry) -> Vectors:
        """The stored vectors of an article's passages, float32[passages, dimension]."""
        first = entry.number + 1
        return self.vectors(np.arange(first, first + len(entry.passages)))

    def withdrawn(self, tombstones: Tombstones) -> Handles:
        """The numbers of the articles here that are withdrawn."""
        return tombstones.within(self.card.first, self.card.end).articles

    def bounds(self, tombstones: Tombstones) -> tuple[str, str] | None:
        """When the earliest and the latest dated article here were published, or None."""
        return self.store.bounds(self.withdrawn(tombstones))

    def live(self, tombstones: Tombstones) -> Mask:
        """Which rows hold a passage that is not withdrawn: bool[rows]."""
        return self.articles.spread(~tombstones.cover(self.articles.numbers))

    def mask(self, passages: Handles) -> Mask:
        """The rows of those of these passages that are in this segment: bool[rows]."""
        own = passages[(passages >= self.card.first) & (passages < self.card.end)]
        mask = np.zeros(self.card.passages, np.bool_)
        mask[self.articles.rows(own)] = True
        return mask

    def entries(self, tombstones: Tombstones, since: int = 0) -> Iterator[Entry]:
        """Every article that is not withdrawn, numbered `since` or later."""
        numbers = self.articles.numbers
        kept = ~tombstones.cover(numbers) & (numbers >= since)
        return self.store.entries(numbers[kept].tolist())

    def known(self, number: int) -> Known:
        """What is kept of article `number` for ranking."""
        [place] = self.articles.of(np.array([number]))
        return self.articles.known(place)


def _passing(store: StoreReader, articles: ArticlesReader, filters: Filters) -> Mask:
    passing = np.zeros(len(articles.numbers), np.bool_)
    passing[articles.of(store.passing(filters))] = True
    return articles.spread(passing)
