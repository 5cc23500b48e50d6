"""How many passages have a term, and how rare that makes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from tantivy import Searcher

from indexer.engines.base import Word
from indexer.engines.local.analysis import query_terms
from indexer.engines.local.soundness import Reading

_FREQUENCIES_KEPT = 16_384


class Weighted(NamedTuple):
    """A term of a query: how much its word counts, and how rare it is in any language."""

    term: str
    weight: float
    idf: float


class Frequencies:
    """Counts of a finished index, which holds `written` passages with those withdrawn."""

    def __init__(
        self, searcher: Searcher, reading: Reading, languages: Sequence[str], written: int
    ) -> None:
        self._written = written
        # Every question with a name asks for some of them again.
        self.of = lru_cache(_FREQUENCIES_KEPT)(partial(_frequency, searcher, reading))
        self._idf = lru_cache(_FREQUENCIES_KEPT)(partial(_idf, self.of, languages, written))

    def weighted(self, words: Sequence[Word], language: str) -> list[Weighted]:
        """The terms that `words` are looked for by in one language."""
        terms = query_terms(words, language)
        return [Weighted(term, weight, self._idf(term)) for term, weight in terms.items()]

    def rarity(self, frequency: int) -> float:
        """ln(1 + (N − n + ½) / (n + ½)) where n of N passages have a term."""
        return _rarity(frequency, self._written)


def spelt(term: str, language: str) -> str:
    """A term as the index has it: a stem of one language is a word of another.

    The stem of the German "planes" is "plan", and should not find English plans.
    """
    return f"{language} {term}"


def _frequency(searcher: Searcher, reading: Reading, term: str, language: str) -> int:
    """How many passages in a language have a term."""
    with reading:
        return searcher.doc_freq("text", spelt(term, language))


def _rarity(frequency: int, written: int) -> float:
    return math.log1p((written - frequency + 0.5) / (frequency + 0.5))


def _idf(of: Callable[[str, str], int], languages: Sequence[str], written: int, term: str) -> float:
    """How rare a term is in all languages together."""
    return _rarity(sum([of(term, language) for language in languages]), written)
