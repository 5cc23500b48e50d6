"""Corpora of any size out of real sentences, the same on every run, one article at a time.

Up to the number of real passages a corpus is the real articles with the model's own vectors. Beyond
that articles are recombined. An article wanders from a real passage to its near neighbours; each of
its passages takes two sentences in a row from one of them after the other, as in a text that keeps
to its subject, up to the 128 tokens that real passages are filled to. Titles are the head of one
real title and the tail of another; outlets, sections and authors are invented, outlets with
Zipf's frequencies. The vocabulary stays that of the real texts, so the postings of every word grow
with the corpus: harder for lexical search than real texts, where much of the growth is new words.

The vector of a recombined passage is interpolated. The model's vector is the mean over tokens, so
it is close to the mean of the vectors its sentences have where they come from, by their tokens:

    v = unit(unit(sum of tokens_s * v_s) + NOISE * unit(p_k - p_l))

with p_k and p_l the vectors of two real passages at random. Their difference points where real
vectors differ. It takes passages that share sentences as far apart as those of a real corpus.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from bench.texts import CHUNKING, Texts
from indexer.chunking import SPECIAL_TOKENS
from indexer.documents import Article, Passage, Span
from indexer.sentence_vectors import Sentences, Signs, to_signs
from indexer.vectors import Vectors

NOISE = 0.5
NEIGHBOURS = 32
RUN = 2
PASSAGES_EACH = 5
OUTLETS = 200
AUTHORS = 500
EPOCH = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 3 * 365
SECTIONS = ("World", "Business", "Politics", "Science", "Sport", "Culture", "Health", "Local")

_PLACES = ("Harbour", "Meridian", "Northern", "Capital", "Valley", "Coastal", "Summit", "Lakeside")
_PAPERS = ("Post", "Wire", "Gazette", "Courier", "Tribune")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """An article as `Draft.add` takes it."""

    article: Article
    passages: list[Passage]
    vectors: Vectors
    sentences: list[Sentences]


def corpus(texts: Texts, passages: int) -> Iterator[Entry]:
    """Articles with `passages` passages in all, but for the last article's few too many."""
    found = real(texts) if passages <= len(texts.pieces) else Recombination(texts).entries()
    written = 0
    while written < passages:
        entry = next(found)
        yield entry
        written += len(entry.passages)


def real(texts: Texts) -> Iterator[Entry]:
    """The articles the texts come from, in an order that mixes the collections."""
    signs = to_signs(texts.sentence_vectors)
    rows: dict[str, list[int]] = {}
    for row, piece in enumerate(texts.pieces):
        rows.setdefault(piece.article.id, []).append(row)
    ids = list(rows)
    random.Random(0).shuffle(ids)
    for id_ in ids:
        pieces = [texts.pieces[row] for row in rows[id_]]
        own = [
            Sentences(texts.pieces[row].spans, signs[texts.first[row] : texts.first[row + 1]])
            for row in rows[id_]
        ]
        passages = [piece.passage for piece in pieces]
        yield Entry(pieces[0].article, passages, texts.vectors[rows[id_]], own)


@dataclass(frozen=True, slots=True)
class _Part:
    """The sentences of one passage, by row, and the text they make."""

    rows: list[int]
    text: str
    spans: tuple[Span, ...]


class Recombination:
    """Articles without end; the n-th is the same whatever came before it."""

    def __init__(self, texts: Texts, noise: float = NOISE) -> None:
        self._texts, self._noise = texts, noise
        self._first: list[int] = texts.first.tolist()
        self._tokens: list[int] = texts.tokens.tolist()
        self._sentences = [
            " ".join(span.of(piece.passage.text).split())
            for piece in texts.pieces
            for span in piece.spans
        ]
        self._signs: Signs = to_signs(texts.sentence_vectors)
        self._weighted = texts.sentence_vectors * texts.tokens[:, None].astype(np.float32)
        self._near: list[list[int]] = neighbours(texts).tolist()
        self._titles = [piece.article.title.split()[:16] for piece in texts.pieces]

    def entries(self) -> Iterator[Entry]:
        """The articles from the first on."""
        number = 0
        while True:
            yield self.entry(number)
            number += 1

    def entry(self, number: int) -> Entry:
        """The article of this number."""
        chance = random.Random(number)
        at = chance.randrange(len(self._near))
        language = self._texts.pieces[at].article.language
        title = self._title(chance, at)
        room = CHUNKING.tokens - SPECIAL_TOKENS - 2 * len(title.split())
        parts = []
        # As many short articles as long ones: 1 to 9 passages.
        for _ in range(chance.randint(1, 2 * PASSAGES_EACH - 1)):
            at = chance.choice(self._near[at])
            parts.append(self._part(chance, at, room))
        article = _about(chance, f"made-up/{number}", title, language)
        article = replace(article, text="\n\n".join(part.text for part in parts))
        return Entry(
            article,
            list(_passages(article.id, parts)),
            self._vectors(chance, parts),
            [Sentences(part.spans, self._signs[part.rows]) for part in parts],
        )

    def _title(self, chance: random.Random, at: int) -> str:
        head, tail = self._titles[at], self._titles[chance.choice(self._near[at])]
        return " ".join(head[: (len(head) + 1) // 2] + tail[(len(tail) + 1) // 2 :])

    def _part(self, chance: random.Random, at: int, room: int) -> _Part:
        """Sentences of near passages, as many as there is room for."""
        rows: list[int] = []
        while True:
            low, high = self._first[at], self._first[at + 1]
            start = chance.randrange(low, max(low + 1, high - RUN + 1))
            for row in range(start, min(start + RUN, high)):
                room -= self._tokens[row]
                if rows and room < 0:
                    return _Part(rows, *_joined([self._sentences[row] for row in rows]))
                rows.append(row)
            at = chance.choice(self._near[at])

    def _vectors(self, chance: random.Random, parts: Sequence[_Part]) -> Vectors:
        starts = np.cumsum([0, *(len(part.rows) for part in parts)])[:-1]
        vectors = unit(np.add.reduceat(self._weighted[[r for p in parts for r in p.rows]], starts))
        passages, count = self._texts.vectors, len(parts)
        drawn = np.array([chance.sample(range(len(passages)), 2) for _ in range(count)])
        away = unit(passages[drawn[:, 0]] - passages[drawn[:, 1]])
        return unit(vectors + np.float32(self._noise) * away)


def neighbours(texts: Texts) -> NDArray[np.int64]:
    """The nearest passages of each passage in its own language, itself left out."""
    languages = np.array([piece.article.language or "" for piece in texts.pieces])
    near = np.empty((len(languages), NEIGHBOURS), np.int64)
    for language in np.unique(languages):
        [rows] = np.nonzero(languages == language)
        # A language with fewer passages than that repeats some.
        kept = max(1, min(NEIGHBOURS, len(rows) - 1))
        for start in range(0, len(rows), 1024):
            block = rows[start : start + 1024]
            cosines = texts.vectors[block] @ texts.vectors[rows].T
            cosines[np.arange(len(block)), np.arange(start, start + len(block))] = -2
            best = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
            near[block] = rows[best[:, np.arange(NEIGHBOURS) % kept]]
    return near


def unit(vectors: Vectors) -> Vectors:
    """Vectors at length one."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _joined(sentences: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    return " ".join(sentences), tuple(spans)


def _passages(article_id: str, parts: Sequence[_Part]) -> Iterator[Passage]:
    start = 0
    for number, part in enumerate(parts):
        end = start + len(part.text)
        yield Passage(f"{article_id}#{number}", article_id, part.text, start, end)
        start = end + 2


def _about(chance: random.Random, id_: str, title: str, language: str | None) -> Article:
    outlet = min(int(chance.paretovariate(1.0)), OUTLETS) - 1
    place, paper = _PLACES[outlet % len(_PLACES)], _PAPERS[outlet // 8 % len(_PAPERS)]
    return Article(
        id=id_,
        title=title,
        text="",
        source=f"{place} {paper} {outlet // 40 + 1}",
        url=f"https://news.example/{id_}",
        authors=(f"Reporter {chance.randrange(AUTHORS)}",),
        published_at=EPOCH + timedelta(minutes=chance.randrange(DAYS * 24 * 60)),
        section=chance.choice(SECTIONS),
        language=language,
    )
