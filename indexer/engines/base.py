"""The engine seam: where passages, articles and vectors live, and how they are found again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Article, Passage
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.sentence_vectors import NO_SENTENCES, Sentences
from indexer.vectors import Vectors

Handles: TypeAlias = NDArray[np.int64]
"""Numbers one snapshot knows passages (or articles) by; they mean nothing anywhere else."""
Scores: TypeAlias = NDArray[np.float32]


class Word(NamedTuple):
    """A word to look for, and how much it counts; an ordinary one counts 1."""

    text: str
    weight: float


# Arrays, because every search weighs hundreds of candidates: an object each took a millisecond.
@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Passages one retriever proposes, best first: two arrays of length n.

    A higher score is better, whatever the engine; equal scores are in order of their handles.
    `exact` says that no better passage can have been overlooked.
    """

    handles: Handles
    scores: Scores
    exact: bool = True

    def __len__(self) -> int:
        return len(self.handles)


NO_CANDIDATES = Candidates(np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for passages, whichever retriever proposed them: arrays of length n.

    `articles` are handles of the articles they belong to. `mean_cosine` is the inner product of
    the query vector and the mean of the article's passage vectors, 0 without a query vector.
    `coverage` is the share of the query's words, by weight and rarity, that the article (title
    and text) has. `ideal` is the BM25 score a passage in that article's language could reach at
    most.
    """

    articles: Handles
    mean_cosine: Scores
    coverage: Scores
    ideal: Scores


@dataclass(frozen=True, slots=True)
class Located:
    """A passage, the article it belongs to, and its sentences if they are known."""

    passage: Passage
    article: Article
    sentences: Sentences = NO_SENTENCES


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of an index something covers."""

    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be answered from; an empty field lets every article through.

    Values of one field are alternatives, fields are conditions that all must hold. Names compare
    without regard to case; a language also stands for its regions (`en` covers `en-GB`). An
    article without a date passes neither `published_from` nor `published_to` (both inclusive).
    """

    source: tuple[str, ...] = ()
    exclude_source: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    article_id: tuple[str, ...] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None

    def required(self) -> list[frozenset[str]]:
        """The keys an article must carry: at least one out of each set."""
        named = {
            "source": self.source,
            "section": self.section,
            "language": self.language,
            "author": self.author,
        }
        required = [
            frozenset(_key(name, value) for value in values)
            for name, values in named.items()
            if values
        ]
        ids = frozenset(map(key_of_id, self.article_id))
        return [*required, ids] if ids else required

    def excluded(self) -> frozenset[str]:
        """The keys an article must not carry."""
        return frozenset(_key("source", value) for value in self.exclude_source)

    def matches(self, article: Article) -> bool:
        """Whether `article` passes: the meaning every engine has to reproduce."""
        keys = frozenset(keys_of(article))
        return (
            all(keys & wanted for wanted in self.required())
            and not keys & self.excluded()
            and self._covers(article.published_at)
        )

    def _covers(self, published: datetime | None) -> bool:
        if published is None:
            return self.published_from is None and self.published_to is None
        after = self.published_from is None or published >= self.published_from
        return after and (self.published_to is None or published <= self.published_to)


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which passages may be answered from: those of articles that pass, with words that must be.

    A phrase is there when its words, in their stemmed forms, follow each other in the passage or
    in its article's title. All of `phrases` must be there and none of `excluded` may.
    """

    filters: Filters = NO_FILTERS
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


EVERYTHING = Scope()


def keys_of(article: Article) -> Iterator[str]:
    """The keys an engine stores with an article, for `Filters` to be compared with."""
    yield key_of_id(article.id)
    if article.source and article.source.strip():
        yield _key("source", article.source)
    if article.section:
        yield _key("section", article.section)
    for author in article.authors:
        yield _key("author", author)
    if article.language:
        subtags = article.language.split("-")
        for length in range(1, len(subtags) + 1):
            yield _key("language", "-".join(subtags[:length]))


def key_of_id(article_id: str) -> str:
    """The key that the article of this id alone carries."""
    return f"id={article_id}"


def _key(name: str, value: str) -> str:
    return f"{name}={unicodedata.normalize('NFKC', value).casefold().strip()}"


class Snapshot(Protocol):
    """One generation, open for reading; safe to use from several threads."""

    @property
    def manifest(self) -> Manifest:
        """What this generation is made of."""

    @property
    def damaged(self) -> bool:
        """Whether reading it has met damage, so that some searches cannot be answered."""

    def dense(self, vector: Vectors, depth: int, scope: Scope) -> Candidates:
        """The `depth` passages nearest to `vector` (float32[dimension]) by inner product."""

    def lexical(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        """The `depth` passages that best match `words` by BM25 over title and text as one."""

    def evidence(self, handles: Handles, vector: Vectors | None, words: Sequence[Word]) -> Evidence:
        """What speaks for the passages of these handles."""

    def locate(self, handles: Handles) -> list[Located]:
        """The passages of these handles with their articles, in the order asked for."""

    def passages(self, article_id: str) -> Handles:
        """Handles of the passages of an article, in reading order; none if there is no such."""

    def handle(self, passage_id: str) -> int | None:
        """The handle of the passage of this id, or None."""

    def vectors(self, handles: Handles) -> Vectors:
        """The stored vectors of passages, float32[n, dimension]."""

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None."""

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        """Articles that pass `filters`, newest first, undated ones last, ties by id."""

    def ids(self) -> Iterator[str]:
        """The id of every article, in no particular order."""

    def count(self, filters: Filters) -> Counts:
        """How many articles and passages pass `filters`."""

    def close(self) -> None:
        """Let go of every file or connection."""


class Draft(Protocol):
    """A generation being written; nobody sees it before it is published."""

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        sentences: Sequence[Sentences] = (),
    ) -> None:
        """Add an article, in place of any of the same id; `vectors` is float32[passages, d].

        `sentences` are those of each passage; without them its hits have no highlights.
        """

    def remove(self, article_id: str) -> bool:
        """Withdraw the article of this id; whether there was one in the generation before."""

    def publish(self, drained: int = 0) -> Manifest:
        """Make this draft, over all earlier articles it did not replace, the current one.

        `drained` is the number of the last entry of the inbox that was worked in; 0 leaves it at
        what the generation before says.
        """


class Engine(Protocol):
    """A place that keeps generations."""

    def current(self) -> str:
        """The name of the newest published generation; raises IndexMissing when none is."""

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Open the newest generation, or the one called `name` while it is kept.

        Raises IndexMissing, IndexDamaged, or GenerationGone when `name` is kept no longer.
        """

    def draft(self, model: ModelCard, chunking: ChunkingCard) -> AbstractContextManager[Draft]:
        """Begin the next generation; leaving without publishing discards it.

        Raises IndexBusy when another process writes, and IndexMismatch when the generation it
        builds on was made with another model or other chunking.
        """
