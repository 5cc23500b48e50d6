"""A generation of a local index being written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from indexer.documents import Article, Passage
from indexer.engines.local.analysis import primary_language, tokens
from indexer.engines.local.articles import ArticlesWriter
from indexer.engines.local.dense import DenseWriter
from indexer.engines.local.layout import (
    ARTICLES,
    DENSE,
    LEXICAL,
    MANIFEST,
    STORE,
    Layout,
    checksum,
)
from indexer.engines.local.lexical import LexicalWriter
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.store import StoreWriter
from indexer.engines.manifest import ChunkingCard, FileCard, Manifest, ModelCard, timestamp
from indexer.failpoints import reach
from indexer.sentence_vectors import Sentences
from indexer.vectors import Vectors


class LocalDraft:
    """Collects articles in a directory of its own; `publish` makes them the current generation."""

    def __init__(
        self,
        layout: Layout,
        base: LocalSnapshot | None,
        model: ModelCard,
        chunking: ChunkingCard,
    ) -> None:
        self._layout, self._base = layout, base
        self._model, self._chunking = model, chunking
        directory = layout.begin()
        self._store = StoreWriter(directory / STORE)
        self._lexical = LexicalWriter(directory / LEXICAL)
        self._dense = DenseWriter(directory / DENSE, model.dimension)
        self._articles = ArticlesWriter(directory / ARTICLES)
        self._ids: set[str] = set()
        self._removed: set[str] = set()
        self._languages: set[str] = set()
        self._dates: list[datetime] = []

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        sentences: Sequence[Sentences] = (),
    ) -> None:
        """Add an article, in place of any the base has under the same id."""
        first_row = self._dense.rows
        language = primary_language(article.language)
        title = tokens(article.headline, language)
        texts = [tokens(passage.text, language) for passage in passages]
        with self._layout.writing():
            self._store.add(article, passages, sentences, first_row)
            self._lexical.add(article, title, texts, first_row)
            self._articles.add(language, title, texts, vectors, first_row)
        if passages:
            self._dense.add(vectors)
        self._ids.add(article.id)
        self._removed.discard(article.id)
        self._languages.add(language)
        self._stretch(article.published_at)
        reach("article-added")

    def remove(self, article_id: str) -> bool:
        """Withdraw the article of this id; whether there was one in the generation before."""
        self._removed.add(article_id)
        return self._base is not None and self._base.article(article_id) is not None

    def publish(self, drained: int = 0) -> Manifest:
        """Carry over what the base has besides, write the manifest and make this one current."""
        self._carry_over()
        with self._layout.writing():
            manifest = self._finish(drained)
            self._layout.publish(manifest.generation)
            self._layout.sweep()
        return manifest

    def discard(self) -> None:
        """Throw away whatever was not published."""
        self._store.abandon()
        self._articles.abandon()
        self._layout.abandon()

    def _finish(self, drained: int) -> Manifest:
        rows = self._dense.rows
        for part in (self._store, self._lexical, self._dense, self._articles):
            part.close()
        reach("files-closed")
        manifest = self._manifest(rows, drained)
        (self._layout.draft / MANIFEST).write_text(manifest.to_json(), "utf-8")
        reach("manifest-written")
        return manifest

    def _carry_over(self) -> None:
        if not self._base:
            return
        for article, passages, sentences, first in self._base.store.entries():
            if article.id not in self._ids | self._removed:
                vectors = self._base.dense_reader.vectors(first, len(passages))
                self.add(article, passages, vectors, sentences)

    def _stretch(self, published: datetime | None) -> None:
        if published:
            known = [*self._dates, published]
            self._dates = [min(known), max(known)]

    def _manifest(self, rows: int, drained: int) -> Manifest:
        manifest = Manifest(
            generation="",
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            model=self._model,
            chunking=self._chunking,
            articles=len(self._ids),
            passages=rows,
            languages=tuple(sorted(self._languages)),
            earliest=timestamp(self._dates[0] if self._dates else None),
            latest=timestamp(self._dates[-1] if self._dates else None),
            drained=drained or (self._base.manifest.drained if self._base else 0),
            files=_cards(self._layout.draft),
        )
        return replace(manifest, generation=self._name(manifest))

    def _name(self, manifest: Manifest) -> str:
        """A running number, to sort by, and a digest, so that no two indexes share a name."""
        number = 1 + (int(self._base.manifest.generation.split("-")[0]) if self._base else 0)
        digest = hashlib.sha256(manifest.to_json().encode()).hexdigest()
        return f"{number:06d}-{digest[:8]}"


def _cards(directory: Path) -> dict[str, FileCard]:
    # The lock files of tantivy are empty and belong to whoever has the index open.
    return {
        path.relative_to(directory).as_posix(): checksum(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }
