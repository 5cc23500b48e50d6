"""Vectors: numbers of half the size become what they stand for."""

from __future__ import annotations

import numpy as np

from indexer.vectors import widened


def test_every_finite_half_is_widened_to_the_same_number() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    # By their bits: zero has two signs, which compare as equal.
    expected = finite.astype(np.float32).view(np.uint32)
    np.testing.assert_array_equal(widened(finite).view(np.uint32), expected)
