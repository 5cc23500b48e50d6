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
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()
        # One thread: a second would only take the processor's cache from the first.
        self._beside = ThreadPoolExecutor(1, "dateline-encoder")

    def count_tokens(self, text: str) -> int:
        """Tokens of a text by the model's own tokenizer, special tokens left out."""
        [tokens] = self._encoder.count_tokens([text])
        return tokens

    def of(self, texts: Sequence[str]) -> list[Meaning]:
        """The meanings of `texts`, which are encoded here and now."""
        return [known(vector) for vector in self._vectors(texts)]

    def beside(self, texts: Sequence[str]) -> list[Meaning]:
        """The meanings of `texts`, which are being encoded in a thread of their own."""
        encoding = self._beside.submit(self._vectors, texts)
        return [_awaited(encoding, place) for place in range(len(texts))]

    def _vectors(self, texts: Sequence[str]) -> list[Vectors]:
        with self._lock:
            found = {text: self._remembered[text] for text in texts if text in self._remembered}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            found |= zip(missing, self._encoder.encode_queries(missing), strict=True)
        with self._lock:
            self._remember(found)
        return [found[text] for text in texts]

    def _remember(self, found: dict[str, Vectors]) -> None:
        for text, vector in found.items():
            self._remembered[text] = vector
            self._remembered.move_to_end(text)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def _awaited(encoding: Future[list[Vectors]], place: int) -> Meaning:
    return lambda: encoding.result()[place]
