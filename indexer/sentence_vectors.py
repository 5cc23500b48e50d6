"""The sentences of a passage and what they mean, in one signature bit a dimension.

A sentence vector is compared with a query only against the other sentences of its passage. For
that its signs do as well as its floats (docs/highlights.md), at a thirty-second of their size.
M. Charikar: Similarity Estimation Techniques from Rounding Algorithms, STOC 2002; here the query
keeps its floats.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Span
from indexer.vectors import Vectors

Signs: TypeAlias = NDArray[np.uint8]
"""One row a sentence, one bit a dimension, set where the vector is positive: uint8[k, ceil(d/8)].

A row without a bit stands for a sentence whose meaning is unknown, a zero vector.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """The sentences of one passage, in order; spans count from where the passage starts."""

    spans: tuple[Span, ...]
    signs: Signs


NO_SENTENCES = Sentences((), np.empty((0, 0), np.uint8))


def within(sentences: Sequence[Span], stretch: Span) -> list[Span]:
    """What of the sentences of a text lies in a stretch of it, counted from its start.

    `sentences` are in order and do not overlap.
    """
    first = bisect_right(sentences, stretch.start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, stretch.end, key=lambda sentence: sentence.start)
    return [
        Span(max(s.start, stretch.start) - stretch.start, min(s.end, stretch.end) - stretch.start)
        for s in sentences[first:last]
    ]


def to_signs(vectors: Vectors) -> Signs:
    """The signs of vectors, float32[k, dimension]."""
    return np.packbits(vectors > 0, axis=1)


def from_signs(signs: Signs, dimension: int) -> Vectors:
    """Vectors of length one with these signs and all components alike; zero where unknown."""
    count, width = signs.shape
    components = _components(dimension).take(signs, axis=0)
    vectors = components.reshape(count, 8 * width)[:, :dimension]
    vectors[~signs.any(axis=1)] = 0
    return vectors


def pack(sentences: Sentences) -> bytes:
    """Sentences for keeping: for each its start and end (int32, little-endian) and its signs."""
    packed = np.empty(len(sentences.spans), _layout(sentences.signs.shape[1]))
    packed["start"] = [span.start for span in sentences.spans]
    packed["end"] = [span.end for span in sentences.spans]
    packed["signs"] = sentences.signs
    return packed.tobytes()


def unpack(packed: bytes, dimension: int) -> Sentences:
    """The sentences `pack` kept; raises ValueError for bytes it cannot have made."""
    rows = np.frombuffer(packed, _layout(-(-dimension // 8)))
    spans = map(Span, rows["start"].tolist(), rows["end"].tolist())
    return Sentences(tuple(spans), rows["signs"])


# Tables and layouts are the same for all that one model made, and taking them from here is much
# faster than making them for each passage.
@cache
def _components(dimension: int) -> Vectors:
    """What each byte of signs stands for: float32[256, 8]."""
    size = np.float32(dimension**-0.5)
    return np.where(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1), size, -size)


@cache
def _layout(width: int) -> np.dtype[np.void]:
    return np.dtype([("start", "<i4"), ("end", "<i4"), ("signs", "u1", (width,))])
