"""One published generation of a local index, open for reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from indexer.documents import Article
from indexer.engines.base import NO_FILTERS, Candidate, Counts, Filters, Located
from indexer.engines.local.dense import DenseReader, Mask
from indexer.engines.local.layout import DENSE, LEXICAL, MANIFEST, STORE
from indexer.engines.local.lexical import LexicalReader
from indexer.engines.local.store import StoreReader
from indexer.engines.manifest import Manifest
from indexer.errors import IndexDamaged


class LocalSnapshot:
    """Joins the dense and lexical indexes and the store of one generation by row number."""

    def __init__(self, directory: Path) -> None:
        self._manifest = _read_manifest(directory)
        _check_sizes(directory, self._manifest)
        try:
            self.dense_reader = DenseReader(directory / DENSE)
            self._lexical = LexicalReader(directory / LEXICAL, self._manifest.languages)
            self.store = StoreReader(directory / STORE)
        # What FAISS, tantivy and SQLite raise when a file is not what they wrote.
        except (RuntimeError, ValueError, OSError, sqlite3.DatabaseError) as error:
            raise IndexDamaged(
                f"Generation {directory.name} cannot be opened: "
                "index everything into a new directory."
            ) from error
        # It must not refer to this object: in a circle, files of generations long gone stay open.
        compute = partial(_mask, self.store, self.dense_reader.size)
        self._mask = lru_cache(maxsize=32)(compute)

    @property
    def manifest(self) -> Manifest:
        """What this generation is made of."""
        return self._manifest

    def dense(self, vector: np.ndarray, depth: int, filters: Filters) -> list[Candidate]:
        """The `depth` passages nearest to `vector` by inner product, out of an exact scan."""
        mask = None if filters == NO_FILTERS else self._mask(filters)
        return self._candidates(self.dense_reader.search(vector, depth, mask))

    def lexical(self, query: str, depth: int, filters: Filters) -> list[Candidate]:
        """The `depth` passages that best match the words of `query` by BM25."""
        return self._candidates(self._lexical.search(query, depth, filters))

    def locate(self, passage_ids: Sequence[str]) -> list[Located]:
        """The passages of these ids with their articles, in the order asked for."""
        return self.store.locate(passage_ids)

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None."""
        return self.store.article(article_id)

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        """Articles that pass `filters`, newest first, undated ones last, ties by id."""
        return self.store.articles(filters, offset, limit)

    def count(self, filters: Filters) -> Counts:
        """How many articles and passages pass `filters`."""
        return self.store.counts(filters)

    def close(self) -> None:
        """Let go of the store; the memory-mapped indexes go with this object."""
        self.store.close()

    def _candidates(self, scored: list[tuple[int, float]]) -> list[Candidate]:
        ids = self.store.passage_ids([row for row, _ in scored])
        ordered = sorted((-score, id_) for id_, (_, score) in zip(ids, scored, strict=True))
        return [Candidate(id_, -score) for score, id_ in ordered]


def _mask(store: StoreReader, size: int, filters: Filters) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[store.passage_rows(filters)] = True
    return mask


def _read_manifest(directory: Path) -> Manifest:
    try:
        return Manifest.from_json((directory / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise IndexDamaged(
            f"Generation {directory.name} has no manifest: index everything into a new directory."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"The manifest of generation {directory.name} cannot be read: mend its permissions, "
            "or index everything into a new directory."
        ) from error


def _check_sizes(directory: Path, manifest: Manifest) -> None:
    for name, card in manifest.files.items():
        path = directory / name
        if not path.exists() or path.stat().st_size != card.bytes:
            raise IndexDamaged(
                f"File {name} of generation {manifest.generation} is missing or truncated: "
                "index everything into a new directory."
            )
