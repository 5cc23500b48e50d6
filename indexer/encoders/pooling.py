"""Sentence vectors out of the pass that encodes their passage.

The tokens of a sentence have then been read with the whole passage around them, its title too
(M. Günther et al.: Late Chunking, arXiv:2409.04701, 2024).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.documents import Span
from indexer.vectors import Vectors


def unknown(sentences: Sequence[Sequence[Span]], dimension: int) -> list[Vectors]:
    """Zero vectors for the sentences of each text, as of a model that cannot tell."""
    return [np.zeros((len(spans), dimension), np.float32) for spans in sentences]


def pool(
    tokens: Vectors, offsets: Sequence[tuple[int, int]], spans: Sequence[Span], origin: int = 0
) -> Vectors:
    """The mean of the tokens of each span, at length one: float32[len(spans), dimension].

    `tokens` is float32[n, dimension], `offsets` are the n stretches they stand for, in a text
    whose character `origin` is the first the spans count. A token belongs where it ends, because
    some tokenizers begin it with the space before. A span without tokens gets the zero vector.
    """
    begins, ends = np.array(offsets, np.int64).reshape(-1, 2).T - origin
    starts = np.array([span.start for span in spans], np.int64)[:, None]
    stops = np.array([span.end for span in spans], np.int64)[:, None]
    # Special tokens stand for nothing: they begin where they end.
    inside = (begins < ends) & (starts < ends) & (ends <= stops)
    sums = inside.astype(np.float32) @ tokens
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    vectors: Vectors = sums / lengths
    return vectors
