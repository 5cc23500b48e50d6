"""Vectors of queries: the latest are remembered, and others encoded beside other work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeAlias

from indexer.encoders.base import Encoder
from indexer.vectors import Vectors

Meaning: TypeAlias = Callable[[], Vectors]
"""Gives the vector of a query, float32[dimension], once it is known; raises what encoding does."""

# Pages of one question, and questions many ask, follow each other closely; 1.5 MB of 384 floats.
REMEMBERED = 1024


def known(vector: Vectors) -> Meaning:
    """The meaning of a query whose vector is at hand."""
    return lambda: vector


class QueryVectors:
    """Encodes queries with one encoder; safe to use from several threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        # Apart, since one long answer has more sentences than most people have questions.
        self._queries, self._sentences = _Latest(), _Latest()
        # One thread: a second would only take the processor's cache from the first.
        self._beside = ThreadPoolExecutor(1, "dateline-encoder")

    def count_tokens(self, text: str) -> int:
        """Tokens of a text by the model's own tokenizer, special tokens left out."""
        [tokens] = self._encoder.count_tokens([text])
        return tokens

    def of(self, texts: Sequence[str]) -> list[Meaning]:
        """The meanings of `texts`, which are encoded here and now."""
        return [known(vector) for vector in self._vectors(texts, self._queries)]

    def beside(self, texts: Sequence[str]) -> list[Meaning]:
        """The meanings of `texts`, which are being encoded in a thread of their own."""
        encoding = self._beside.submit(self._vectors, texts, self._queries)
        return [_awaited(encoding, place) for place in range(len(texts))]

    def of_sentences(self, texts: Sequence[str]) -> list[Vectors]:
        """The vectors of sentences that are compared with each other, encoded as queries are."""
        return self._vectors(texts, self._sentences)

    def _vectors(self, texts: Sequence[str], latest: _Latest) -> list[Vectors]:
        found = latest.among(texts)
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            found |= zip(missing, self._encoder.encode_queries(missing), strict=True)
        latest.remember(found)
        return [found[text] for text in texts]


class _Latest:
    """The vectors of the texts that were asked for last."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def among(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            return {text: self._vectors[text] for text in texts if text in self._vectors}

    def remember(self, found: dict[str, Vectors]) -> None:
        with self._lock:
            for text, vector in found.items():
                self._vectors[text] = vector
                self._vectors.move_to_end(text)
            while len(self._vectors) > REMEMBERED:
                self._vectors.popitem(last=False)


def _awaited(encoding: Future[list[Vectors]], place: int) -> Meaning:
    return lambda: encoding.result()[place]
