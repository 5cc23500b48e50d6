"""Vectors of queries: remembered, and the same wherever they are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, current_thread, main_thread

import numpy as np
import pytest

from api.search import query_vectors
from api.search.query_vectors import QueryVectors
from indexer.vectors import Vectors
from tests.search.harbour import WordEncoder


class Recording(WordEncoder):
    """Remembers what it was asked to encode, and in which threads."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.threads: set[str] = set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        self.threads.add(current_thread().name)
        return self.encode_passages(texts)


def vectors(meanings: Sequence[query_vectors.Meaning]) -> Vectors:
    return np.stack([meaning() for meaning in meanings])


def test_a_query_is_encoded_once_however_often_it_is_asked() -> None:
    encoder = Recording()
    known = QueryVectors(encoder)
    texts = ["a boat", "rain", "a boat"]
    assert np.array_equal(vectors(known.of(texts)), encoder.encode_passages(texts))
    assert np.array_equal(
        vectors(known.of(["rain", "vote"])), encoder.encode_passages(["rain", "vote"])
    )
    assert np.array_equal(vectors(known.beside(["vote"])), encoder.encode_passages(["vote"]))
    assert encoder.asked == [["a boat", "rain"], ["vote"]]


def test_the_latest_queries_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_vectors, "REMEMBERED", 2)
    encoder = Recording()
    known = QueryVectors(encoder)
    for text in ("boat", "rain", "boat", "vote", "boat", "rain"):
        known.of([text])
    assert encoder.asked == [["boat"], ["rain"], ["vote"], ["rain"]]


def test_sentences_push_no_query_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_vectors, "REMEMBERED", 2)
    encoder = Recording()
    known = QueryVectors(encoder)
    known.of(["boat"])
    sentences = known.of_sentences(["It rained.", "They voted.", "A boat came."])
    expected = encoder.encode_passages(["It rained.", "They voted.", "A boat came."])
    assert np.array_equal(np.stack(sentences), expected)
    known.of(["boat"])
    known.of_sentences(["A boat came."])
    assert encoder.asked == [["boat"], ["It rained.", "They voted.", "A boat came."]]


def test_other_work_goes_on_while_queries_are_encoded_beside_it() -> None:
    allowed = Event()

    class Waiting(Recording):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            assert allowed.wait(30)
            return super().encode_queries(texts)

    encoder = Waiting()
    meanings = QueryVectors(encoder).beside(["boat", "rain"])
    allowed.set()
    assert np.array_equal(vectors(meanings), encoder.encode_passages(["boat", "rain"]))
    assert main_thread().name not in encoder.threads


def test_whoever_waits_for_a_vector_hears_why_there_is_none() -> None:
    class Broken(WordEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            raise RuntimeError(f"{len(texts)} too many")

    [meaning] = QueryVectors(Broken()).beside(["boat"])
    with pytest.raises(RuntimeError, match="1 too many"):
        meaning()
