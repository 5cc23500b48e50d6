"""Inner-product search over unit vectors: one FAISS index a generation, scanned exactly."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import NO_CANDIDATES, Candidates, Handles
from indexer.engines.local.lexical import ranked
from indexer.vectors import Vectors

Mask = NDArray[np.bool_]


class DenseWriter:
    """Collects vectors in row order."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        # Half precision halves memory and doubles the speed of a scan; scores move by < 1e-3.
        self._index = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    @property
    def rows(self) -> int:
        """How many vectors were added so far."""
        return int(self._index.ntotal)

    def add(self, vectors: Vectors) -> None:
        """Append float32[n, dimension]."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def close(self) -> None:
        """Write the index to its file."""
        faiss.write_index(self._index, str(self._path))


class DenseReader:
    """Scans a finished index, memory-mapped so that processes share one copy."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)

    @property
    def size(self) -> int:
        """How many vectors the index holds."""
        return int(self._index.ntotal)

    def search(self, vector: Vectors, depth: int, mask: Mask | None) -> Candidates:
        """Rows and inner products of the `depth` nearest rows that `mask` allows, best first."""
        depth = min(depth, self.size)
        if not depth:
            return NO_CANDIDATES
        # FAISS shares work among threads by queries, and here is one: waking threads that find
        # nothing to do was measured to cost up to 9 ms. The setting holds for this thread only.
        faiss.omp_set_num_threads(1)
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        scores, rows = self._index.search(query, depth, params=_selecting(mask))
        # FAISS fills up with row -1 when the mask allows fewer than `depth`.
        found = rows[0] >= 0
        return ranked(rows[0][found], scores[0][found])

    def at(self, rows: Handles) -> Vectors:
        """The stored vectors of these rows: float32[n, dimension]."""
        stored: Vectors = self._index.reconstruct_batch(rows)
        return stored

    def vectors(self, first: int, count: int) -> Vectors:
        """The stored vectors of `count` rows from `first` on: float32[count, dimension]."""
        stored: Vectors = self._index.reconstruct_n(first, count)
        return stored


def _selecting(mask: Mask | None) -> faiss.SearchParameters | None:
    if mask is None:
        return None
    bits = np.packbits(mask, bitorder="little")
    return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
