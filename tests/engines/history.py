"""Indexes with a history of additions, corrections and withdrawals."""

from __future__ import annotations

import random

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.base import EVERYTHING, NO_FILTERS, Filters, Snapshot, Word
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import Manifest
from indexer.vectors import Vectors
from tests.engines.corpus import CHUNKING, DIMENSION, EPOCH, MODEL

WORDS = ("ferry", "harbour", "minister", "flood", "election", "island", "storm", "court")


def report(number: int, version: int = 0) -> tuple[Article, list[Passage], Vectors]:
    """An article of one to three passages, the same every time it is asked for."""
    chance = random.Random(f"{number}/{version}")
    sentences = [
        f"{' '.join(chance.choices(WORDS, k=6))} {version}." for _ in range(number % 3 + 1)
    ]
    text = " ".join(sentences)
    passages, start = [], 0
    for place, sentence in enumerate(sentences):
        end = start + len(sentence)
        passages.append(Passage(f"r{number}#{place}", f"r{number}", sentence, start, end))
        start = end + 1
    source = chance.choice(("Wire", "Post", None))
    article = Article(f"r{number}", f"Report {number}", text, source, published_at=EPOCH)
    rows = np.random.default_rng(number * 100 + version).standard_normal((len(passages), DIMENSION))
    vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return article, passages, vectors.astype(np.float32)


def put(
    engine: LocalEngine, *numbers: int, version: int = 0, remove: tuple[int, ...] = ()
) -> Manifest:
    with engine.draft(MODEL, CHUNKING) as draft:
        for number in numbers:
            draft.add(*report(number, version))
        for number in remove:
            draft.remove(f"r{number}")
        return draft.publish()


def answers(snapshot: Snapshot) -> object:
    """All that can be told of a snapshot without its numbers."""
    vector = np.linspace(-1, 1, DIMENSION, dtype=np.float32)
    dense = snapshot.dense(vector, 1000, EVERYTHING)
    places = [(found.passage, found.article) for found in snapshot.locate(dense.handles)]
    listed = snapshot.articles(NO_FILTERS, 0, 1000)
    counts = [snapshot.count(filters) for filters in (NO_FILTERS, Filters(source=("wire",)))]
    return places, dense.scores.tolist(), listed, counts, sorted(snapshot.ids())


def words_of(snapshot: Snapshot, *words: str) -> dict[str, float]:
    found = snapshot.lexical([Word(word, 1.0) for word in words], 1000, EVERYTHING)
    ids = [located.passage.id for located in snapshot.locate(found.handles)]
    return dict(zip(ids, found.scores.tolist(), strict=True))


def problems(engine: LocalEngine) -> list[str]:
    return [checked.problem for checked in engine.verify() if checked.problem]


def ignore(_: float) -> None:
    """Progress that nobody watches."""
