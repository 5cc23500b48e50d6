"""One published generation of a local index, open for reading."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from heapq import merge
from itertools import islice
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Article
from indexer.engines.base import (
    NO_FILTERS,
    Candidates,
    Counts,
    Evidence,
    Filters,
    Handles,
    Located,
    Scope,
    Scores,
    Word,
)
from indexer.engines.local.articles import coded
from indexer.engines.local.dense import Allowed
from indexer.engines.local.lexical import K1, LexicalReader, ranked
from indexer.engines.local.segment import Segment
from indexer.engines.local.soundness import Soundness
from indexer.engines.local.store import Dated
from indexer.engines.local.tombstones import Tombstones
from indexer.engines.manifest import Manifest
from indexer.vectors import Vectors

Places = NDArray[np.intp]
Allowances = tuple[Allowed | None, ...]
"""What may be answered from in each segment; None for all of it."""


class LocalSnapshot:
    """Joins the segments of a generation, its lexical index and its tombstones by number.

    It holds the generation by the file descriptor `hold`, which it closes.
    """

    def __init__(
        self,
        manifest: Manifest,
        segments: Sequence[Segment],
        lexical: LexicalReader,
        tombstones: Tombstones,
        hold: int,
    ) -> None:
        self._manifest = manifest
        self._soundness = Soundness(f"Generation {manifest.generation}")
        self.segments = tuple(segments)
        self.lexical_reader = lexical
        self.tombstones = tombstones
        self._firsts = np.array([segment.card.first for segment in segments], np.int64)
        self._mean_length = _mean_length(manifest, self.segments, tombstones)
        # It must not refer to this object: in a circle, files of generations long gone stay open.
        compute = partial(_allowances, self.segments, lexical, tombstones)
        self._allowed: Callable[[Scope], Allowances] = lru_cache(maxsize=32)(compute)
        # A snapshot may be dropped while other threads still read it: the last one lets go.
        self._release = finalize(self, os.close, hold)

    @property
    def manifest(self) -> Manifest:
        """What this generation is made of."""
        return self._manifest

    @property
    def damaged(self) -> bool:
        """Whether reading it, or what it shares with others, has met damage."""
        stores = [segment.store.soundness for segment in self.segments]
        parts = (self._soundness, self.lexical_reader.soundness, *stores)
        return any(part.damaged for part in parts)

    def dense(self, vector: Vectors, depth: int, scope: Scope) -> Candidates:
        """The `depth` passages nearest to `vector` by inner product."""
        found = [
            segment.search(vector, depth, allowed)
            for segment, allowed in zip(self.segments, self._allowed(scope), strict=True)
        ]
        if len(found) == 1:
            return found[0]
        together = ranked(
            np.concatenate([np.empty(0, np.int64), *(each.handles for each in found)]),
            np.concatenate([np.empty(0, np.float32), *(each.scores for each in found)]),
        )
        exact = all(each.exact for each in found)
        return Candidates(together.handles[:depth], together.scores[:depth], exact)

    def lexical(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        """The `depth` passages that best match `words` by BM25."""
        return self.lexical_reader.search(words, depth, scope)

    def evidence(self, handles: Handles, vector: Vectors | None, words: Sequence[Word]) -> Evidence:
        """What speaks for the passages of these handles."""
        articles = np.empty(len(handles), np.int64)
        mean, coverage, ideal = np.zeros((3, len(handles)), np.float32)
        for segment, places in self._parted(handles):
            known = segment.articles
            distinct, back = np.unique(known.of(handles[places]), return_inverse=True)
            articles[places] = known.numbers[distinct][back]
            if vector is not None:
                mean[places] = known.mean_cosine(distinct, vector)[back]
            covered, most = self._wording(segment, distinct, words)
            coverage[places], ideal[places] = covered[back], most[back]
        return Evidence(articles, mean, coverage, ideal)

    def locate(self, handles: Handles) -> list[Located]:
        """The passages of these handles with their articles, in the order asked for."""
        found: dict[int, Located] = {}
        for segment, places in self._parted(handles):
            own = segment.store.locate(handles[places].tolist())
            found |= zip(places.tolist(), own, strict=True)
        return [found[place] for place in range(len(handles))]

    def passages(self, article_id: str) -> Handles:
        """Handles of the passages of an article, in reading order."""
        first, end = self.interval(article_id) or (0, 1)
        return np.arange(first + 1, end, dtype=np.int64)

    def interval(self, article_id: str) -> tuple[int, int] | None:
        """The numbers that the article of this id and its passages have, or None."""
        for segment in reversed(self.segments):
            for number, passages in segment.store.articles_called(article_id):
                if not self._withdrawn(number):
                    return number, number + passages + 1
        return None

    def handle(self, passage_id: str) -> int | None:
        """The handle of the passage of this id, or None."""
        for segment in reversed(self.segments):
            for number in segment.store.passages_called(passage_id):
                if not self._withdrawn(number):
                    return number
        return None

    def vectors(self, handles: Handles) -> Vectors:
        """The stored vectors of passages, float32[n, dimension]."""
        vectors = np.empty((len(handles), self._manifest.model.dimension), np.float32)
        for segment, places in self._parted(handles):
            # FAISS is asked for a row it has not when a flipped bit makes another number of one.
            with self._soundness.reading(RuntimeError):
                vectors[places] = segment.vectors(handles[places])
        return vectors

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None."""
        interval = self.interval(article_id)
        if interval is None:
            return None
        number = interval[0]
        segment = self.segments[np.searchsorted(self._firsts, number, side="right") - 1]
        return segment.store.articles([number])[number]

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        """Articles that pass `filters`, newest first, undated ones last, ties by id."""
        lists = [
            segment.store.newest(filters, segment.withdrawn(self.tombstones), offset + limit)
            for segment in self.segments
        ]
        listed = list(islice(merge(*lists, key=_newest_first), offset, offset + limit))
        numbers = np.array([dated.number for dated in listed], np.int64)
        found: dict[int, Article] = {}
        for segment, places in self._parted(numbers):
            found |= segment.store.articles(numbers[places].tolist())
        return [found[dated.number] for dated in listed]

    def ids(self) -> Iterator[str]:
        """The id of every article."""
        for segment in self.segments:
            withdrawn = frozenset(segment.withdrawn(self.tombstones).tolist())
            yield from (id_ for number, id_ in segment.store.ids() if number not in withdrawn)

    def count(self, filters: Filters) -> Counts:
        """How many articles and passages pass `filters`."""
        if filters == NO_FILTERS:
            return Counts(self._manifest.articles, self._manifest.passages)
        counts = [
            segment.store.counts(filters, segment.withdrawn(self.tombstones))
            for segment in self.segments
        ]
        return Counts(sum(each.articles for each in counts), sum(each.passages for each in counts))

    def close(self) -> None:
        """Let go of the generation; its files are closed when no snapshot reads them."""
        self._release()

    def _parted(self, numbers: Handles) -> Iterator[tuple[Segment, Places]]:
        """Each segment that has some of these numbers, and the places at which they stand."""
        own = np.searchsorted(self._firsts, numbers, side="right") - 1
        # A number below those of all segments comes of a flipped bit.
        with self._soundness.reading(ValueError):
            present = np.flatnonzero(np.bincount(own)).tolist()
        for which in present:
            yield self.segments[which], np.flatnonzero(own == which)

    def _withdrawn(self, number: int) -> bool:
        return bool(self.tombstones.cover(np.array([number]))[0])

    def _wording(
        self, segment: Segment, articles: Handles, words: Sequence[Word]
    ) -> tuple[Scores, Scores]:
        """Coverage of the words, and the greatest BM25 they can reach, for each article."""
        known = segment.articles
        languages = known.language(articles)
        # An article was analysed in its own language, so only those terms can be in it.
        sought = {
            number: coded(self.lexical_reader.weighted(words, known.languages[number]))
            for number in np.flatnonzero(np.bincount(languages)).tolist()
        }
        ideal = np.zeros(len(articles), np.float32)
        for number, terms in sought.items():
            ideal[languages == number] = (K1 + 1) * terms.weights.sum()
        return known.coverage(articles, sought, self._mean_length), ideal


def _mean_length(manifest: Manifest, segments: Sequence[Segment], tombstones: Tombstones) -> float:
    """Words an article has on average, at least 1."""
    words = sum(segment.card.words for segment in segments)
    for segment in segments:
        words -= segment.articles.words(segment.articles.of(segment.withdrawn(tombstones)))
    return max(1.0, words / max(1, manifest.articles))


def _allowances(
    segments: Sequence[Segment], lexical: LexicalReader, tombstones: Tombstones, scope: Scope
) -> Allowances:
    required = [found for phrase in scope.phrases if (found := lexical.having(phrase)) is not None]
    # What has a word is looked up; what has it not would be nearly all there is.
    excluded = [found for phrase in scope.excluded if (found := lexical.having(phrase)) is not None]
    return tuple(
        _allowed(segment, scope.filters, tombstones, required, excluded) for segment in segments
    )


def _allowed(
    segment: Segment,
    filters: Filters,
    tombstones: Tombstones,
    required: Sequence[Handles],
    excluded: Sequence[Handles],
) -> Allowed | None:
    parts = [segment.mask(found) for found in required]
    parts += [~segment.mask(found) for found in excluded]
    if filters != NO_FILTERS:
        parts.append(segment.passing(filters))
    if len(segment.withdrawn(tombstones)):
        parts.append(segment.live(tombstones))
    return Allowed.of(np.logical_and.reduce(parts)) if parts else None


def _newest_first(article: Dated) -> tuple[bool, int, str]:
    return article.published is None, -(article.published or 0), article.id
