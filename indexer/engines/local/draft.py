"""A generation of a local index being written: one more segment, and tombstones."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.documents import Article, Passage
from indexer.engines.local.analysis import Analysed
from indexer.engines.local.articles import Known
from indexer.engines.local.layout import Layout
from indexer.engines.local.lexical import LexicalWriter
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.opening import Opener
from indexer.engines.local.publication import Contents, begin, publish
from indexer.engines.local.segment import SegmentWriter
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.store import Entry
from indexer.engines.local.tombstones import NONE_WITHDRAWN
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard, SegmentCard
from indexer.failpoints import reach
from indexer.sentence_vectors import NO_SENTENCES, Sentences
from indexer.vectors import Vectors

Interval = tuple[int, int]
"""The numbers of an article and its passages, half-open."""


class LocalDraft:
    """Collects articles in a segment of its own; `publish` makes them part of the index."""

    def __init__(
        self,
        layout: Layout,
        opener: Opener,
        base: LocalSnapshot | None,
        model: ModelCard,
        chunking: ChunkingCard,
        approximation: Approximation,
    ) -> None:
        self._layout, self._opener, self._base = layout, opener, base
        self._approximation = approximation
        self._model, self._chunking = model, chunking
        self._lexical = LexicalWriter(begin(layout, base.manifest.generation if base else None))
        self._segment: SegmentWriter | None = None
        self._next = base.manifest.next_number if base else 1
        self._added: dict[str, Interval] = {}
        self._replaced: dict[str, Interval] = {}
        self._gone: list[Interval] = []

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        sentences: Sequence[Sentences] = (),
    ) -> None:
        """Add an article, in place of any there is under the same id."""
        known = sentences or [NO_SENTENCES] * len(passages)
        entry = Entry(self._next, article, passages, known)
        analysed = Analysed.of(article, passages)
        with self._layout.writing():
            self._withdraw(article.id)
            self._writer().add(entry, Known.of(analysed, vectors), vectors)
            self._lexical.add(article, analysed, entry.number)
        self._next += 1 + len(passages)
        self._added[article.id] = (entry.number, self._next)
        reach("article-added")

    def remove(self, article_id: str) -> bool:
        """Withdraw the article of this id; whether there was one in the generation before."""
        with self._layout.writing():
            self._withdraw(article_id)
        return article_id in self._replaced

    def publish(self, drained: int = 0) -> Manifest:
        """Make the generation before, with what was added and withdrawn, the current one."""
        with self._layout.writing():
            self._lexical.close()
            segments = (*self._segments(), *self._closed())
            before = self._base.tombstones if self._base else NONE_WITHDRAWN
            base = self._base.manifest if self._base else None
            contents = Contents(
                number=base.number + 1 if base else 1,
                model=self._model,
                chunking=self._chunking,
                segments=segments,
                tombstones=before.adding(self._gone),
                next_number=self._next,
                drained=drained or (base.drained if base else 0),
            )
            return publish(self._layout, self._opener, base, contents)

    def discard(self) -> None:
        """Throw away whatever was not published."""
        if self._segment:
            self._segment.abandon()
        self._layout.abandon()

    def _writer(self) -> SegmentWriter:
        if self._segment is None:
            directory = self._layout.begin(self._layout.segment_draft)
            self._segment = SegmentWriter(
                directory, self._model.dimension, self._next, self._approximation
            )
        return self._segment

    def _segments(self) -> tuple[SegmentCard, ...]:
        return self._base.manifest.segments if self._base else ()

    def _closed(self) -> tuple[SegmentCard, ...]:
        """The segment of this draft, if anything was added, under its name."""
        if self._segment is None:
            return ()
        card = self._segment.close()
        self._layout.settle(self._layout.segment_draft, card.name)
        return (card,)

    def _withdraw(self, article_id: str) -> None:
        """Bury what there is under this id, here and in the base."""
        found = self._added.pop(article_id, None) or self._before(article_id)
        if found:
            self._gone.append(found)
            self._lexical.remove(article_id)

    def _before(self, article_id: str) -> Interval | None:
        """Where the base has this article, unless it was withdrawn since."""
        if self._base is None or article_id in self._replaced:
            return None
        found = self._base.interval(article_id)
        if found:
            self._replaced[article_id] = found
        return found
