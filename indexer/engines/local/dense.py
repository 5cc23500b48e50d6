"""Inner-product search over unit vectors: stored in half precision, scanned or looked up."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import NO_CANDIDATES, Candidates, Handles, Scores
from indexer.engines.local.files import abandon
from indexer.engines.local.lexical import ranked
from indexer.engines.manifest import NearestCard
from indexer.errors import IndexDamaged
from indexer.vectors import Vectors

Mask = NDArray[np.bool_]

# In the file of an index, the number of rows stands behind its kind and dimension, and the size of
# the codes right before them.
_ROWS_AT, _SIZE_BYTES = 8, 8
_KIND = faiss.ScalarQuantizer.QT_fp16
_METRIC = faiss.METRIC_INNER_PRODUCT

NEAREST = "nearest.faiss"
"""The name of the approximate index, beside the vectors."""

QUERY_BITS = 4
"""Bits a number of the query has beside one-bit codes; 8 find no more and take longer."""
CONSIDERED_A_HIT = 8
"""Candidates compared for each that is wanted: 800 hold .98 of the top 100, 400 hold .94."""
# Asking for a row costs 2 ns and fetching one 1 µs.
_BITS_A_ROW = 500
# So few are scanned in the time that looking into lists takes, and none is missed.
_SCANNED, _SCANNED_SHARE = 20_000, 1 / 16
# Beyond these shares of an index a scan is faster, and misses nothing.
_MOST_CONSIDERED = 0.05
MOST_PROBED = 0.5
# Lists looked into grow by this power when fewer rows are allowed: 1 would keep the number of
# rows met, and costs more than it finds; 1/2 loses recall.
_FURTHER = 0.75
# Times the candidates that lists should hold on average, so that they are chosen among more.
_ROOM = 4


class DenseWriter:
    """Writes vectors, in row order, straight to the file of an index.

    Byte for byte what FAISS would write of an index that holds them all, which it would first have
    to: a million vectors take a gigabyte.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        # Half precision halves memory and doubles the speed of a scan; scores move by < 1e-3.
        empty = faiss.IndexScalarQuantizer(dimension, _KIND, _METRIC)
        self._head = faiss.serialize_index(empty).tobytes()
        self._bytes_a_row = int(empty.code_size)
        self._file = path.open("wb")
        self._file.write(self._head)
        self.rows = 0

    def add(self, vectors: Vectors) -> None:
        """Append float32[n, dimension]."""
        self._file.write(vectors.astype("<f2").tobytes())
        self.rows += len(vectors)

    def close(self) -> None:
        """Fill in how many there are, and finish the file."""
        self._file.seek(_ROWS_AT)
        self._file.write(struct.pack("<q", self.rows))
        self._file.seek(len(self._head) - _SIZE_BYTES)
        self._file.write(struct.pack("<Q", self.rows * self._bytes_a_row))
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in."""
        abandon(self._file)


@dataclass(frozen=True, slots=True, eq=False)
class Allowed:
    """Rows that may be answered with, as FAISS asks for them: a bit each, the lowest first."""

    bits: NDArray[np.uint8]
    count: int

    @classmethod
    def of(cls, mask: Mask) -> Allowed:
        """The rows where `mask` (bool[n]) is true; worth keeping, packing takes every search."""
        return cls(np.packbits(mask, bitorder="little"), int(np.count_nonzero(mask)))

    @property
    def selector(self) -> faiss.IDSelector:
        """What FAISS asks whether a row may be answered with."""
        return faiss.IDSelectorBitmap(self.bits)

    def rows(self) -> Handles:
        """The rows themselves, in order."""
        # Most bytes are empty when few rows are allowed, and eight times fewer than rows.
        filled = np.flatnonzero(self.bits)
        byte, bit = np.nonzero(np.unpackbits(self.bits[filled, None], axis=1, bitorder="little"))
        rows: Handles = filled[byte] * 8 + bit
        return rows


class DenseReader:
    """Searches a finished index, memory-mapped so that processes share one copy.

    With the card of an approximate index, which lies beside it, large searches look there first.
    """

    def __init__(self, path: Path, nearest: NearestCard | None = None) -> None:
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        if not _is_ours(self._index):
            raise ValueError(f"{path.name} is no index as it was written.")
        self._nearest = _Nearest(path.with_name(NEAREST), self._index, nearest) if nearest else None

    @property
    def size(self) -> int:
        """How many vectors the index holds."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, vector: Vectors, depth: int, allowed: Allowed | None = None) -> Candidates:
        """Rows and inner products of the `depth` nearest rows that are allowed, best first.

        The inner products are those of the stored vectors, whichever way they were found.
        """
        count = allowed.count if allowed else self.size
        depth = min(depth, count)
        if not depth:
            return NO_CANDIDATES
        # FAISS shares work among threads by queries, and here is one: waking threads that find
        # nothing to do was measured to cost up to 9 ms. The setting holds for this thread only.
        faiss.omp_set_num_threads(1)
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        if allowed and count * _BITS_A_ROW < self.size:
            return self._gathered(query, depth, allowed)
        if self._nearest and count > min(_SCANNED, self.size * _SCANNED_SHARE):
            found = self._nearest.search(query, depth, allowed)
            if found:
                return found
        return self._scanned(query, depth, allowed)

    def at(self, rows: Handles) -> Vectors:
        """The stored vectors of these rows: float32[n, dimension]."""
        stored: Vectors = self._index.reconstruct_batch(rows)
        return stored

    def vectors(self, first: int, count: int) -> Vectors:
        """The stored vectors of `count` rows from `first` on: float32[count, dimension]."""
        stored: Vectors = self._index.reconstruct_n(first, count)
        return stored

    def nearest_of_each(self, queries: Vectors, depth: int, allowed: Allowed) -> Handles:
        """The `depth` nearest allowed rows to each query, exactly, on all threads of FAISS."""
        params = faiss.SearchParameters(sel=allowed.selector)
        rows: Handles = self._index.search(queries, depth, params=params)[1]
        return rows

    def _gathered(self, query: Vectors, depth: int, allowed: Allowed) -> Candidates:
        rows = allowed.rows()
        stored = self.at(rows)
        scores = np.empty(len(rows), np.float32)
        pointers = (faiss.swig_ptr(array) for array in (scores, query, stored))
        # Unlike a product of NumPy it adds up as a scan does, to the last bit, on one thread.
        faiss.fvec_inner_products_ny(*pointers, query.shape[1], len(rows))
        return _best(rows, scores, depth)

    def _scanned(self, query: Vectors, depth: int, allowed: Allowed | None) -> Candidates:
        params = faiss.SearchParameters(sel=allowed.selector) if allowed else None
        scores, rows = self._index.search(query, depth, params=params)
        return ranked(rows[0], scores[0])


class _Nearest:
    """Lists of near vectors, a bit a dimension, that say which stored vectors to compare."""

    def __init__(self, path: Path, stored: faiss.Index, card: NearestCard) -> None:
        lists = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        if lists.ntotal != stored.ntotal or lists.d != stored.d:
            raise IndexDamaged(
                f"{path.name} does not belong to the vectors beside it: restore a backup, or index "
                "everything into a new directory."
            )
        self._card = card
        self._rescored = faiss.IndexRefine(lists, stored)

    def search(self, query: Vectors, depth: int, allowed: Allowed | None) -> Candidates | None:
        """The nearest rows of the lists near `query`; None where a scan does better."""
        size = self._rescored.ntotal
        count = allowed.count if allowed else size
        considered = max(self._card.rescored, depth * CONSIDERED_A_HIT)
        probes = self._probes(considered, count)
        if considered > size * _MOST_CONSIDERED or probes > self._card.lists * MOST_PROBED:
            return None
        selector = allowed.selector if allowed else None
        lists = faiss.IVFRaBitQSearchParameters(nprobe=probes, qb=QUERY_BITS, sel=selector)
        params = faiss.IndexRefineSearchParameters(k_factor=1, base_index_params=lists)
        scores, rows = self._rescored.search(query, considered, params=params)
        # Lists that cannot fill up are near the query and far from what is allowed.
        if rows[0][-1] < 0:
            return None
        return _best(rows[0], scores[0], depth, exact=False)

    def _probes(self, considered: int, count: int) -> int:
        """How many lists to look into when `count` rows are allowed.

        The fewer they are, the further off they lie, and the more lists it takes to fill up.
        """
        share = count / int(self._rescored.ntotal)
        filled = _ROOM * considered * self._card.lists / count
        return math.ceil(max(self._card.probes / float(share**_FURTHER), filled))


def _best(rows: Handles, scores: Scores, depth: int, exact: bool = True) -> Candidates:
    order = np.lexsort((rows, -scores))[:depth]
    return Candidates(rows[order], scores[order], exact)


def _is_ours(index: faiss.Index) -> bool:
    """Whether an index is of the kind that is written here: a flipped bit may make it another."""
    return (
        isinstance(index, faiss.IndexScalarQuantizer)
        and index.is_trained
        and (index.sq.qtype, index.metric_type) == (_KIND, _METRIC)
        and index.sq.d == index.d
    )
