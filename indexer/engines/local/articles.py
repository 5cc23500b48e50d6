"""What is known of whole articles while their passages are ranked: their terms and mean vectors.

Row by row as articles come: `articles.npy` has one record each, `terms.u32` and `counts.u8` the
article's distinct terms (as CRC-32, ascending) and how often each occurs, `means.f16` the mean of
its passage vectors. All are read memory-mapped.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Handles, Scores
from indexer.engines.local.lexical import Tokens
from indexer.vectors import Vectors

# How soon a term that is repeated counts no more, and how much longer articles need it repeated.
# Far below what BM25 uses: whether an article has a word says nearly all (docs/ranking.md).
SATURATION = 0.1
LENGTH_SHARE = 0.3

_RECORD = np.dtype(
    [("first_row", "<i8"), ("terms_end", "<i8"), ("length", "<u4"), ("language", "<u4")]
)


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a query in one language: CRC-32 of each, and its weight times its rarity."""

    codes: NDArray[np.uint32]
    weights: Scores


class ArticlesWriter:
    """Collects articles in the order of their rows."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._terms = (directory / "terms.u32").open("wb")
        self._counts = (directory / "counts.u8").open("wb")
        self._means = (directory / "means.f16").open("wb")
        self._records: list[tuple[int, int, int, int]] = []
        self._languages: dict[str, int] = {}
        self._end = 0

    def add(
        self,
        language: str,
        title: Tokens,
        texts: Sequence[Tokens],
        vectors: Vectors,
        row: int,
    ) -> None:
        """Add an article whose passages, as tokens, have the rows from `row` on."""
        words = [term for tokens in (title, *texts) for term, _ in tokens]
        counted = Counter(_code(word) for word in words)
        codes = np.array(sorted(counted), "<u4")
        counts = np.array([min(counted[code], 255) for code in codes.tolist()], np.uint8)
        codes.tofile(self._terms)
        counts.tofile(self._counts)
        mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        mean.astype("<f2").tofile(self._means)
        self._end += len(codes)
        number = self._languages.setdefault(language, len(self._languages))
        self._records.append((row, self._end, len(words), number))

    def close(self) -> None:
        """Write what is still in memory."""
        self.abandon()
        np.save(self._directory / "articles.npy", np.array(self._records, _RECORD))
        (self._directory / "languages").write_text("\n".join(self._languages), "utf-8")

    def abandon(self) -> None:
        """Let go of the files, whatever state they are in."""
        for file in (self._terms, self._counts, self._means):
            file.close()


class ArticlesReader:
    """Reads finished files; safe to use from several threads."""

    def __init__(self, directory: Path, dimension: int) -> None:
        records = np.load(directory / "articles.npy")
        self._first_rows = np.ascontiguousarray(records["first_row"])
        self._ends = np.concatenate([[0], records["terms_end"]])
        self._languages = records["language"]
        self._terms = _mapped(directory / "terms.u32", "<u4")
        self._counts = _mapped(directory / "counts.u8", "u1")
        self._means = _mapped(directory / "means.f16", "<f2").reshape(-1, dimension)
        length = records["length"].astype(np.float32)
        relative = length / max(1.0, float(length.mean())) if len(length) else length
        self._saturation = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * relative)
        self.languages = (directory / "languages").read_text("utf-8").split("\n")

    def of(self, rows: Handles) -> Handles:
        """The number of the article each of these passages belongs to."""
        # Articles without passages share their first row with the next that has some.
        return np.searchsorted(self._first_rows, rows, side="right") - 1

    def language(self, articles: Handles) -> NDArray[np.uint32]:
        """The number, in `languages`, of each article's language."""
        found: NDArray[np.uint32] = self._languages[articles]
        return found

    def mean_cosine(self, articles: Handles, vector: Vectors) -> Scores:
        """Inner product of `vector` and the mean vector of each article, float32[n]."""
        product: Scores = self._means[articles].astype(np.float32) @ vector
        return product

    def coverage(self, articles: Handles, wanted: QueryTerms) -> Scores:
        """The share of what is sought that each article has, float32[n] from 0 to 1.

        Σ w · tf / (tf + s) / Σ w, where s is the saturation for an article of its length.
        """
        if not len(wanted.codes) or not len(self._terms):
            return np.zeros(len(articles), np.float32)
        starts, ends = self._ends[articles], self._ends[articles + 1]
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        # A binary search in each article's own stretch, which is all that is read of the file.
        found = [self._terms[start:end].searchsorted(wanted.codes) for start, end in spans]
        places = np.array(found).reshape(len(articles), -1) + starts[:, None]
        inside = np.minimum(places, len(self._terms) - 1)
        there = (places < ends[:, None]) & (self._terms[inside] == wanted.codes)
        counts = np.where(there, self._counts[inside], 0).astype(np.float32)
        share = counts / (counts + self._saturation[articles][:, None])
        covered: Scores = share @ (wanted.weights / wanted.weights.sum())
        return covered


def coded(terms: dict[str, float], idf: dict[str, float]) -> QueryTerms:
    """A query's weighted terms, ready to be looked for."""
    codes = np.array([_code(term) for term in terms], np.uint32)
    weights = np.array([weight * idf[term] for term, weight in terms.items()], np.float32)
    return QueryTerms(codes, weights)


def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _mapped(path: Path, dtype: str) -> NDArray[np.generic]:
    # An empty file cannot be mapped.
    if not path.stat().st_size:
        return np.empty(0, dtype)
    return np.memmap(path, dtype, "r").view(np.ndarray)
