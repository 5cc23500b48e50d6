"""An engine that does everything the obvious way, for the others to be compared with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from indexer.documents import Article, Passage
from indexer.engines.base import Candidate, Counts, Filters, Located
from indexer.engines.local.analysis import primary_language, query_terms, terms
from indexer.engines.local.lexical import TITLE_BOOST
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import IndexMissing
from indexer.vectors import Vectors

K1, B = 1.2, 0.75


@dataclass
class Entry:
    article: Article
    passages: Sequence[Passage]
    vectors: Vectors


def stored_length(length: int) -> int:
    """What is left of a field's length when it is kept in one byte (Lucene's SmallFloat)."""

    def value(code: int) -> int:
        if code < 24 + 8:
            return code
        mantissa, shift = (code - 24) & 7 | 8, ((code - 24) >> 3) - 1
        return 24 + (mantissa << shift)

    return max(v for v in map(value, range(256)) if v <= length)


class Bm25:
    """Okapi BM25 over one field, as the textbooks have it."""

    def __init__(self, fields: Sequence[list[str]]) -> None:
        self.fields = [(Counter(words), stored_length(len(words))) for words in fields]
        self.average = sum(map(len, fields)) / max(1, len(fields))
        self.frequency = Counter(word for words in fields for word in set(words))

    def score(self, term: str, number: int) -> float:
        counts, length = self.fields[number]
        if not counts[term]:
            return 0.0
        n = self.frequency[term]
        idf = math.log(1 + (len(self.fields) - n + 0.5) / (n + 0.5))
        norm = K1 * (1 - B + B * length / self.average)
        return idf * (1 + K1) * counts[term] / (counts[term] + norm)


@dataclass
class BruteForceSnapshot:
    manifest: Manifest
    entries: dict[str, Entry]
    rows: list[tuple[Article, Passage, Vectors]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [
            (entry.article, passage, vector)
            for entry in self.entries.values()
            for passage, vector in zip(entry.passages, entry.vectors, strict=True)
        ]
        language = [primary_language(article.language) for article, _, _ in self.rows]
        self.texts = Bm25(
            [terms(p.text, lang) for (_, p, _), lang in zip(self.rows, language, strict=True)]
        )
        self.titles = Bm25(
            [terms(a.headline, lang) for (a, _, _), lang in zip(self.rows, language, strict=True)]
        )

    def dense(self, vector: Vectors, depth: int, filters: Filters) -> list[Candidate]:
        return self._best(depth, filters, lambda number: float(self.rows[number][2] @ vector))

    def lexical(self, query: str, depth: int, filters: Filters) -> list[Candidate]:
        words = query_terms(query, self.manifest.languages)

        def score(number: int) -> float:
            return sum(
                self.texts.score(word, number) + TITLE_BOOST * self.titles.score(word, number)
                for word in words
            )

        return [c for c in self._best(len(self.rows), filters, score) if c.score > 0][:depth]

    def locate(self, passage_ids: Sequence[str]) -> list[Located]:
        found = {passage.id: Located(passage, article) for article, passage, _ in self.rows}
        return [found[passage_id] for passage_id in passage_ids]

    def article(self, article_id: str) -> Article | None:
        entry = self.entries.get(article_id)
        return entry.article if entry else None

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        oldest = datetime.min.replace(tzinfo=UTC)
        passing = [e.article for e in self.entries.values() if filters.matches(e.article)]
        by_id = sorted(passing, key=lambda article: article.id)
        newest = sorted(by_id, key=lambda article: article.published_at or oldest, reverse=True)
        return newest[offset : offset + limit]

    def count(self, filters: Filters) -> Counts:
        passing = [e for e in self.entries.values() if filters.matches(e.article)]
        return Counts(len(passing), sum(len(e.passages) for e in passing))

    def close(self) -> None:
        """Nothing is open."""

    def _best(self, depth: int, filters: Filters, score: Callable[[int], float]) -> list[Candidate]:
        scored = [
            Candidate(passage.id, score(number))
            for number, (article, passage, _) in enumerate(self.rows)
            if filters.matches(article)
        ]
        return sorted(scored, key=lambda c: (-c.score, c.passage_id))[:depth]


@dataclass
class BruteForceDraft:
    engine: BruteForceEngine
    model: ModelCard
    chunking: ChunkingCard
    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        self.entries[article.id] = Entry(article, passages, vectors)

    def publish(self) -> Manifest:
        base = self.engine.entries or {}
        self.engine.entries = {**base, **self.entries}
        articles = [entry.article for entry in self.engine.entries.values()]
        self.engine.manifest = Manifest(
            generation=str(id(self)),
            created_at="",
            model=self.model,
            chunking=self.chunking,
            articles=len(articles),
            passages=sum(len(entry.passages) for entry in self.engine.entries.values()),
            languages=tuple(sorted({primary_language(a.language) for a in articles})),
        )
        return self.engine.manifest


class BruteForceEngine:
    """Keeps its one generation in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] | None = None
        self.manifest: Manifest | None = None

    def current(self) -> str:
        return self.snapshot().manifest.generation

    def snapshot(self) -> BruteForceSnapshot:
        if self.manifest is None or self.entries is None:
            raise IndexMissing("Nothing was published.")
        return BruteForceSnapshot(self.manifest, dict(self.entries))

    @contextmanager
    def draft(self, model: ModelCard, chunking: ChunkingCard) -> Iterator[BruteForceDraft]:
        yield BruteForceDraft(self, model, chunking)
