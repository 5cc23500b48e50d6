"""An engine that does everything the obvious way, for the others to be compared with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.base import (
    Candidates,
    Counts,
    Evidence,
    Filters,
    Handles,
    Located,
    Scope,
    Word,
)
from indexer.engines.local.analysis import phrase_terms, primary_language, terms
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.errors import GenerationGone, IndexMissing
from indexer.sentence_vectors import NO_SENTENCES, Sentences
from indexer.vectors import Vectors

K1, B = 1.2, 0.75


@dataclass
class Entry:
    article: Article
    passages: Sequence[Passage]
    vectors: Vectors
    sentences: Sequence[Sentences]


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

    def idf(self, term: str) -> float:
        n = self.frequency[term]
        return math.log(1 + (len(self.fields) - n + 0.5) / (n + 0.5))

    def score(self, term: str, number: int) -> float:
        counts, length = self.fields[number]
        if not counts[term]:
            return 0.0
        norm = K1 * (1 - B + B * length / self.average)
        return self.idf(term) * (1 + K1) * counts[term] / (counts[term] + norm)


@dataclass(repr=False)
class BruteForceSnapshot:
    manifest: Manifest
    entries: dict[str, Entry]
    rows: list[tuple[Article, Passage, Vectors]] = field(init=False)
    damaged: bool = False

    def __post_init__(self) -> None:
        self.rows = [
            (entry.article, passage, vector)
            for entry in self.entries.values()
            for passage, vector in zip(entry.passages, entry.vectors, strict=True)
        ]
        self.titles = {
            a.id: terms(a.headline, primary_language(a.language)) for a, _, _ in self.rows
        }
        self.texts = [terms(p.text, primary_language(a.language)) for a, p, _ in self.rows]
        self.bm25 = Bm25(
            [
                self.titles[a.id] + text
                for (a, _, _), text in zip(self.rows, self.texts, strict=True)
            ]
        )

        self.words = {
            entry.article.id: Counter(
                terms(entry.article.headline, primary_language(entry.article.language))
            )
            for entry in self.entries.values()
        }
        for (article, _, _), text in zip(self.rows, self.texts, strict=True):
            self.words[article.id].update(text)

    def dense(self, vector: Vectors, depth: int, scope: Scope) -> Candidates:
        return self._best(depth, scope, lambda number: float(self.rows[number][2] @ vector), -9e9)

    def lexical(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        def score(number: int) -> float:
            weighted = self._sought(words, primary_language(self.rows[number][0].language))
            return sum(w * self.bm25.score(term, number) for term, w in weighted.items())

        return self._best(depth, scope, score, 0.0)

    def evidence(self, handles: Handles, vector: Vectors | None, words: Sequence[Word]) -> Evidence:
        numbers = {article_id: n for n, article_id in enumerate(self.entries)}
        found = [self.rows[handle][0] for handle in handles.tolist()]
        means = [
            float(self.entries[a.id].vectors.mean(axis=0) @ vector) if vector is not None else 0.0
            for a in found
        ]
        return Evidence(
            np.array([numbers[article.id] for article in found], np.int64),
            np.array(means, np.float32),
            np.array([self._coverage(article, words) for article in found], np.float32),
            np.array([self._ideal(article, words) for article in found], np.float32),
        )

    def _coverage(self, article: Article, words: Sequence[Word]) -> float:
        """The share of the words' rarity the article has, a word repeated counting hardly more."""
        weighted = self._sought(words, primary_language(article.language))
        counts = self.words[article.id]
        mean_length = sum(each.total() for each in self.words.values()) / len(self.words)
        relative = counts.total() / mean_length
        saturation = 0.1 * (0.7 + 0.3 * relative)
        rarity = {term: w * self.bm25.idf(term) for term, w in weighted.items()}
        had = sum(r * counts[t] / (counts[t] + saturation) for t, r in rarity.items())
        return had / sum(rarity.values()) if rarity else 0.0

    def _ideal(self, article: Article, words: Sequence[Word]) -> float:
        weighted = self._sought(words, primary_language(article.language))
        return (K1 + 1) * sum(w * self.bm25.idf(term) for term, w in weighted.items())

    def _sought(self, words: Sequence[Word], language: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for word in words:
            for term in phrase_terms(word.text, language):
                found[term] = max(word.weight, found.get(term, 0))
        return found

    def locate(self, handles: Handles) -> list[Located]:
        known = [sentences for entry in self.entries.values() for sentences in entry.sentences]
        return [
            Located(self.rows[handle][1], self.rows[handle][0], known[handle])
            for handle in handles.tolist()
        ]

    def passages(self, article_id: str) -> Handles:
        return np.array([n for n, row in enumerate(self.rows) if row[0].id == article_id], np.int64)

    def handle(self, passage_id: str) -> int | None:
        return next((n for n, row in enumerate(self.rows) if row[1].id == passage_id), None)

    def vectors(self, handles: Handles) -> Vectors:
        return np.array([self.rows[handle][2] for handle in handles.tolist()], np.float32)

    def article(self, article_id: str) -> Article | None:
        entry = self.entries.get(article_id)
        return entry.article if entry else None

    def ids(self) -> Iterator[str]:
        return iter(self.entries)

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

    def _best(
        self, depth: int, scope: Scope, score: Callable[[int], float], above: float
    ) -> Candidates:
        scored = [
            (number, score(number))
            for number, (article, _, _) in enumerate(self.rows)
            if scope.filters.matches(article) and self._has_phrases(number, scope)
        ]
        best = sorted((-s, number) for number, s in scored if s > above)[:depth]
        return Candidates(
            np.array([number for _, number in best], np.int64),
            np.array([-s for s, _ in best], np.float32),
        )

    def _has_phrases(self, number: int, scope: Scope) -> bool:
        return all(
            self._has(number, phrase) in (True, None) for phrase in scope.phrases
        ) and not any(self._has(number, phrase) for phrase in scope.excluded)

    def _has(self, number: int, phrase: str) -> bool | None:
        """Whether the phrase is in the title or the text; None if no language sees a word in it."""
        article = self.rows[number][0]
        if not any(phrase_terms(phrase, language) for language in self.manifest.languages):
            return None
        wanted = phrase_terms(phrase, primary_language(article.language))
        spaced = f" {' '.join(wanted)} "
        places = (article.headline, self.rows[number][1].text)
        return bool(wanted) and any(
            spaced in f" {' '.join(phrase_terms(place, primary_language(article.language)))} "
            or wanted in [[one] for one in self._terms(place, article)]
            for place in places
        )

    def _terms(self, place: str, article: Article) -> list[str]:
        """The terms of a text: among them the single characters of unspaced scripts."""
        return terms(place, primary_language(article.language))


@dataclass
class BruteForceDraft:
    engine: BruteForceEngine
    model: ModelCard
    chunking: ChunkingCard
    entries: dict[str, Entry] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        sentences: Sequence[Sentences] = (),
    ) -> None:
        known = sentences or [NO_SENTENCES] * len(passages)
        self.entries[article.id] = Entry(article, passages, vectors, known)
        self.removed.discard(article.id)

    def remove(self, article_id: str) -> bool:
        self.entries.pop(article_id, None)
        self.removed.add(article_id)
        return article_id in (self.engine.entries or {})

    def publish(self, drained: int = 0) -> Manifest:
        base = self.engine.entries or {}
        kept = {id_: entry for id_, entry in base.items() if id_ not in self.removed}
        self.engine.entries = {**kept, **self.entries}
        articles = [entry.article for entry in self.engine.entries.values()]
        self.engine.published += 1
        self.engine.manifest = Manifest(
            generation=f"{self.engine.published:06d}-brute",
            created_at="",
            model=self.model,
            chunking=self.chunking,
            articles=len(articles),
            passages=sum(len(entry.passages) for entry in self.engine.entries.values()),
            languages=tuple(sorted({primary_language(a.language) for a in articles})),
            drained=drained or (self.engine.manifest.drained if self.engine.manifest else 0),
        )
        return self.engine.manifest


class BruteForceEngine:
    """Keeps its one generation in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] | None = None
        self.manifest: Manifest | None = None
        self.published = 0

    def current(self) -> str:
        return self.snapshot().manifest.generation

    def snapshot(self, name: str | None = None) -> BruteForceSnapshot:
        if name is not None:
            raise GenerationGone(name)
        if self.manifest is None or self.entries is None:
            raise IndexMissing("Nothing was published.")
        return BruteForceSnapshot(self.manifest, dict(self.entries))

    @contextmanager
    def draft(self, model: ModelCard, chunking: ChunkingCard) -> Iterator[BruteForceDraft]:
        yield BruteForceDraft(self, model, chunking)
