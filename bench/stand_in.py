"""A stand-in for a model, where what a model takes is not what is measured."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from indexer.documents import Span
from indexer.vectors import Vectors


class StandIn:
    """Stands in for a model: any text has its own vector, made up from its checksum."""

    name, fingerprint, dimension, max_tokens = "stand-in", "stand-in", 384, 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and full stops."""
        return [len(text.split()) + text.count(".") for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors that have nothing to do with each other."""
        rows = [
            np.random.default_rng(zlib.crc32(text.encode())).standard_normal(
                self.dimension, np.float32
            )
            for text in texts
        ]
        vectors = np.array(rows, np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """The same, and one vector for all sentences of a text."""
        vectors = self.encode_passages(texts)
        shared = zip(vectors, sentences, strict=True)
        return vectors, [np.tile(vector, (len(spans), 1)) for vector, spans in shared]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The same as passages."""
        return self.encode_passages(texts)
