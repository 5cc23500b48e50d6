"""How much of a claim's words a text has, by their stems and by how long they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from api.grounding.checks.words import tokens
from api.search.function_words import FUNCTION_WORDS

_STEM, _SHORT, _LETTERS = 0.7, 4, 8
Shares: TypeAlias = NDArray[np.float64]
"""Parts of a claim's stems, each from 0 to 1, one a text: float64[n]."""

_FUNCTION = frozenset().union(*(FUNCTION_WORDS[name] for name in ("en", "de", "fr", "es")))


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """What a text is compared by: stems of its content words, its figures, pairs of signs."""
    words = tokens(text)
    spaced = (_stem(word.folded) for word in words if not word.is_sign)
    signs = (
        one.text + other.text
        for one, other in pairwise(words)
        if one.is_sign and other.is_sign and one.end == other.start
    )
    return frozenset({stem for stem in spaced if stem} | set(signs))


def share(claimed: Collection[str], *sources: Collection[str]) -> float:
    """The part of the claim's stems, 0 to 1, that one of the sources has; 0 without any."""
    total = sum(_worth(stem) for stem in claimed)
    found = sum(_worth(stem) for stem in claimed if any(stem in each for each in sources))
    return found / total if total else 0.0


class Texts:
    """Many texts by their stems, laid out so that a claim is held beside all of them at once."""

    def __init__(self, texts: Sequence[Collection[str]]) -> None:
        having: dict[str, list[int]] = defaultdict(list)
        for place, own in enumerate(texts):
            for stem in own:
                having[stem].append(place)
        self._count = len(texts)
        self._having = {stem: np.array(places) for stem, places in having.items()}

    def shares(self, claimed: Collection[str]) -> Shares:
        """What `share` is of each text."""
        found = np.zeros(self._count)
        for stem in claimed:
            if stem in self._having:
                found[self._having[stem]] += _worth(stem)
        return found / max(1, sum(map(_worth, claimed)))


def _stem(word: str) -> str:
    if word in _FUNCTION:
        return ""
    if len(word) <= _SHORT or word[0].isdigit():
        return word
    return word[: max(_SHORT, int(len(word) * _STEM + 0.5))]


def _worth(stem: str) -> int:
    return min(len(stem), _LETTERS)
