"""One published generation of a local index, open for reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from indexer.documents import Article
from indexer.engines.base import (
    EVERYTHING,
    NO_FILTERS,
    Candidates,
    Counts,
    Evidence,
    Filters,
    Handles,
    Located,
    Scope,
    Scores,
    Word,
)
from indexer.engines.local.analysis import query_terms
from indexer.engines.local.articles import ArticlesReader, coded
from indexer.engines.local.dense import DenseReader, Mask
from indexer.engines.local.layout import ARTICLES, DENSE, LEXICAL, MANIFEST, STORE
from indexer.engines.local.lexical import K1, LexicalReader
from indexer.engines.local.store import StoreReader
from indexer.engines.manifest import Manifest
from indexer.errors import IndexDamaged
from indexer.vectors import Vectors


class LocalSnapshot:
    """Joins the dense and lexical indexes and the store of one generation by row number."""

    def __init__(self, directory: Path) -> None:
        self._manifest = _read_manifest(directory)
        _check_sizes(directory, self._manifest)
        try:
            self.dense_reader = DenseReader(directory / DENSE)
            self._lexical = LexicalReader(directory / LEXICAL, self._manifest.languages)
            dimension = self._manifest.model.dimension
            self._articles = ArticlesReader(directory / ARTICLES, dimension)
            self.store = StoreReader(directory / STORE, dimension)
        # What FAISS, tantivy and SQLite raise when a file is not what they wrote.
        except (RuntimeError, ValueError, OSError, sqlite3.DatabaseError) as error:
            raise IndexDamaged(
                f"Generation {directory.name} cannot be opened: "
                "index everything into a new directory."
            ) from error
        # It must not refer to this object: in a circle, files of generations long gone stay open.
        compute = partial(_mask, self.store, self._lexical, self.dense_reader.size)
        self._mask = lru_cache(maxsize=32)(compute)

    @property
    def manifest(self) -> Manifest:
        """What this generation is made of."""
        return self._manifest

    def dense(self, vector: Vectors, depth: int, scope: Scope) -> Candidates:
        """The `depth` passages nearest to `vector` by inner product, out of an exact scan."""
        mask = None if scope == EVERYTHING else self._mask(scope)
        return self.dense_reader.search(vector, depth, mask)

    def lexical(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        """The `depth` passages that best match `words` by BM25."""
        return self._lexical.search(words, depth, scope)

    def evidence(self, handles: Handles, vector: Vectors | None, words: Sequence[Word]) -> Evidence:
        """What speaks for the passages of these handles."""
        articles = self._articles.of(handles)
        distinct, places = np.unique(articles, return_inverse=True)
        mean = np.zeros(len(distinct), np.float32)
        if vector is not None:
            mean = self._articles.mean_cosine(distinct, vector)
        coverage, ideal = self._wording(distinct, words)
        return Evidence(articles, mean[places], coverage[places], ideal[places])

    def locate(self, handles: Handles) -> list[Located]:
        """The passages of these handles with their articles, in the order asked for."""
        return self.store.locate(handles.tolist())

    def passages(self, article_id: str) -> Handles:
        """Handles of the passages of an article, in reading order."""
        return np.array(self.store.rows_of(article_id), np.int64)

    def handle(self, passage_id: str) -> int | None:
        """The handle of the passage of this id, or None."""
        return self.store.row(passage_id)

    def vectors(self, handles: Handles) -> Vectors:
        """The stored vectors of passages, float32[n, dimension]."""
        return self.dense_reader.at(handles)

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None."""
        return self.store.article(article_id)

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        """Articles that pass `filters`, newest first, undated ones last, ties by id."""
        return self.store.articles(filters, offset, limit)

    def ids(self) -> Iterator[str]:
        """The id of every article."""
        return self.store.ids()

    def count(self, filters: Filters) -> Counts:
        """How many articles and passages pass `filters`."""
        return self.store.counts(filters)

    def close(self) -> None:
        """Let go of the store; the memory-mapped indexes go with this object."""
        self.store.close()

    def _wording(self, articles: Handles, words: Sequence[Word]) -> tuple[Scores, Scores]:
        """Coverage of `words`, and the greatest BM25 they can reach, for each article."""
        coverage = np.zeros(len(articles), np.float32)
        ideal = np.zeros(len(articles), np.float32)
        languages = self._articles.language(articles)
        for number in np.unique(languages).tolist():
            # An article was analysed in its own language, so only those terms can be in it.
            terms = query_terms(words, self._articles.languages[number])
            wanted = coded(terms, self._lexical.idf(terms))
            own = languages == number
            coverage[own] = self._articles.coverage(articles[own], wanted)
            ideal[own] = (K1 + 1) * wanted.weights.sum()
        return coverage, ideal


def _mask(store: StoreReader, lexical: LexicalReader, size: int, scope: Scope) -> Mask:
    mask = np.full(size, scope.filters == NO_FILTERS, dtype=np.bool_)
    if scope.filters != NO_FILTERS:
        mask[store.passage_rows(scope.filters)] = True
    for phrase in scope.phrases:
        rows = lexical.having(phrase)
        if rows is not None:
            mask &= np.isin(np.arange(size), rows)
    # What has a word is looked up; what has it not would be nearly all there is.
    for phrase in scope.excluded:
        rows = lexical.having(phrase)
        if rows is not None:
            mask[rows] = False
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
