"""What is known of whole articles while their passages are ranked: their terms and mean vectors.

In the order of their numbers: `articles.npy` has one record each, `terms.u32` and `counts.u8` the
article's distinct terms (as CRC-32, ascending) and how often each occurs, `means.f16` the mean of
its passage vectors. All are read memory-mapped. The records also tell which row of the vectors a
passage has: passages are numbered on from their article, and rows have no gaps.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Handles, Scores
from indexer.engines.local.analysis import Analysed
from indexer.engines.local.files import abandon
from indexer.engines.local.frequencies import Weighted
from indexer.vectors import Vectors, widened

# How soon a term that is repeated counts no more, and how much longer articles need it repeated.
# Far below what BM25 uses: whether an article has a word says nearly all (docs/ranking.md).
SATURATION = 0.1
LENGTH_SHARE = 0.3

Scalar = TypeVar("Scalar", np.uint8, np.uint32, np.float16)

_RECORD = np.dtype(
    [
        ("number", "<i8"),
        ("first_row", "<i8"),
        ("terms_end", "<i8"),
        ("length", "<u4"),
        ("language", "<u4"),
    ]
)


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a query in one language: CRC-32 of each, and its weight times its rarity."""

    codes: NDArray[np.uint32]
    weights: Scores

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is kept of one article: its language, terms with counts, words, and mean vector."""

    language: str
    codes: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    words: int
    mean: NDArray[np.float16]

    @classmethod
    def of(cls, analysed: Analysed, vectors: Vectors) -> Known:
        """That of an article with these passage vectors, float32[passages, dimension]."""
        words = [term for tokens in (analysed.title, *analysed.texts) for term, _ in tokens]
        counted = Counter(_code(word) for word in words)
        codes = np.array(sorted(counted), "<u4")
        counts = np.array([min(counted[code], 255) for code in codes.tolist()], np.uint8)
        mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        return cls(analysed.language, codes, counts, len(words), mean.astype("<f2"))


class ArticlesWriter:
    """Collects articles in the order of their numbers."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._terms = (directory / "terms.u32").open("wb")
        self._counts = (directory / "counts.u8").open("wb")
        self._means = (directory / "means.f16").open("wb")
        self._files = (self._terms, self._counts, self._means)
        self._records: list[tuple[int, int, int, int, int]] = []
        self._languages: dict[str, int] = {}
        self._end = 0
        self.words = 0

    def add(self, known: Known, number: int, row: int) -> None:
        """Add article `number`, whose passages have the rows from `row` on."""
        known.codes.tofile(self._terms)
        known.counts.tofile(self._counts)
        known.mean.tofile(self._means)
        self._end += len(known.codes)
        self.words += known.words
        spoken = self._languages.setdefault(known.language, len(self._languages))
        self._records.append((number, row, self._end, known.words, spoken))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the articles so far."""
        return tuple(self._languages)

    def close(self) -> None:
        """Write what is still in memory."""
        for file in self._files:
            file.close()
        np.save(self._directory / "articles.npy", np.array(self._records, _RECORD))
        (self._directory / "languages").write_text("\n".join(self._languages), "utf-8")

    def abandon(self) -> None:
        """Let go of the files, whatever state they are in."""
        for file in self._files:
            abandon(file)


class ArticlesReader:
    """Reads finished files; safe to use from several threads.

    Articles go by their places, 0 to n - 1, in the order of their numbers.
    """

    def __init__(self, directory: Path, dimension: int, rows: int) -> None:
        records = np.load(directory / "articles.npy")
        self.numbers = np.ascontiguousarray(records["number"])
        self._first_rows = np.append(records["first_row"], rows)
        self._ends = np.concatenate([[0], records["terms_end"]])
        self._languages = np.ascontiguousarray(records["language"])
        self._lengths = np.ascontiguousarray(records["length"])
        self._terms = _mapped(directory / "terms.u32", np.uint32)
        self._counts = _mapped(directory / "counts.u8", np.uint8)
        self._means = _mapped(directory / "means.f16", np.float16).reshape(-1, dimension)
        self.languages = (directory / "languages").read_text("utf-8").split("\n")

    def of(self, numbers: Handles) -> Handles:
        """The place of the article that each of these numbers belongs to."""
        return np.searchsorted(self.numbers, numbers, side="right") - 1

    def rows(self, passages: Handles) -> Handles:
        """The rows of the passages of these numbers."""
        places = self.of(passages)
        rows: Handles = self._first_rows[places] + passages - self.numbers[places] - 1
        return rows

    def passages(self, rows: Handles) -> Handles:
        """The numbers of the passages in these rows."""
        # Articles without passages share their first row with the next that has some.
        places = np.searchsorted(self._first_rows[:-1], rows, side="right") - 1
        passages: Handles = self.numbers[places] + 1 + rows - self._first_rows[places]
        return passages

    def spread(self, articles: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What holds for articles as holding for each of their passages: bool[rows]."""
        return np.repeat(articles, np.diff(self._first_rows))

    def known(self, place: int) -> Known:
        """What is kept of one article, to be kept elsewhere."""
        stretch = slice(self._ends[place], self._ends[place + 1])
        language = self.languages[self._languages[place]]
        length = int(self._lengths[place])
        return Known(
            language, self._terms[stretch], self._counts[stretch], length, self._means[place]
        )

    def words(self, places: Handles) -> int:
        """How many words these articles have together."""
        return int(self._lengths[places].sum(dtype=np.int64))

    def language(self, articles: Handles) -> NDArray[np.uint32]:
        """The number, in `languages`, of each article's language."""
        found: NDArray[np.uint32] = self._languages[articles]
        return found

    def mean_cosine(self, articles: Handles, vector: Vectors) -> Scores:
        """Inner product of `vector` and the mean vector of each article, float32[n]."""
        means = widened(self._means.take(articles, axis=0))
        product: Scores = np.einsum("ij,j->i", means, vector)
        return product

    def coverage(
        self, articles: Handles, sought: Mapping[int, QueryTerms], mean_length: float
    ) -> Scores:
        """The share of what is sought that each article has, float32[n] from 0 to 1.

        Σ w · tf / (tf + s) / Σ w, where s is the saturation for an article of its length, in
        proportion to the mean of all. `sought` has the terms in each language by its number.
        """
        covered = np.zeros(len(articles), np.float32)
        languages = self._languages[articles]
        codes = np.zeros(
            (len(self.languages), max(map(len, sought.values()), default=0)), np.uint32
        )
        for language, terms in sought.items():
            codes[language, : len(terms)] = terms.codes
        relative = self._lengths[articles].astype(np.float32) / np.float32(mean_length)
        saturation = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * relative)
        counts = self._counted(articles, codes[languages])
        share = counts / (counts + saturation[:, None])
        for language, terms in sought.items():
            if len(terms):
                own = np.flatnonzero(languages == language)
                weights = terms.weights / terms.weights.sum()
                # Not a product of matrices, whose last digits change with what else is asked for.
                covered[own] = np.einsum("ij,j->i", share[own, : len(terms)], weights)
        return covered

    def _counted(self, articles: Handles, codes: NDArray[np.uint32]) -> Scores:
        """How often each article has each of its own terms: float32[n, terms].

        A binary search in the articles' own stretches, which is all that is read of the file; in
        all of them at once, as a call for each took half a millisecond.
        """
        if not len(self._terms):
            return np.zeros(codes.shape, np.float32)
        starts, lasts = self._ends[articles][:, None], self._ends[articles + 1][:, None] - 1
        # The last place, as far as is known, whose code is no higher.
        place = np.repeat(starts - 1, codes.shape[1], axis=1)
        longest = int((lasts - starts).max(initial=-1)) + 1
        for bit in reversed(range(longest.bit_length())):
            ahead = np.minimum(place + (1 << bit), lasts)
            place = np.where(self._terms.take(ahead) <= codes, ahead, place)
        there = (place >= starts) & (self._terms.take(place) == codes)
        counts: Scores = np.where(there, self._counts.take(place), 0).astype(np.float32)
        return counts


def coded(terms: Sequence[Weighted]) -> QueryTerms:
    """The terms of a query, ready to be looked for."""
    codes = np.array([_code(each.term) for each in terms], np.uint32)
    weights = np.array([each.weight * each.idf for each in terms], np.float32)
    return QueryTerms(codes, weights)


def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _mapped(path: Path, dtype: type[Scalar]) -> NDArray[Scalar]:
    # An empty file cannot be mapped.
    if not path.stat().st_size:
        return np.empty(0, dtype)
    return np.memmap(path, dtype, "r").view(np.ndarray)
