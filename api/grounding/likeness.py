"""Nearly the same text: the share of short runs of letters that two texts have in common.

A. Broder: On the resemblance and containment of documents, 1997; runs of letters, so that texts
without spaces count like others.
"""

from __future__ import annotations

import regex

Shingles = frozenset[str]

RUN = 5
ALIKE = 0.6
CONTAINED = 0.8

_NO_LETTER = regex.compile(r"[^\p{L}\p{N}]+")


def shingles(text: str) -> Shingles:
    """The runs of RUN letters and digits in a text; the whole of a shorter one."""
    letters = _NO_LETTER.sub("", text.casefold())
    return frozenset(letters[at : at + RUN] for at in range(max(1, len(letters) - RUN + 1)))


def alike(one: Shingles, other: Shingles) -> bool:
    """Whether two texts say the same, but for a few words."""
    common = len(one & other)
    return common >= ALIKE * (len(one) + len(other) - common)


def contains(larger: Shingles, smaller: Shingles) -> bool:
    """Whether nearly all of the smaller text is in the larger one."""
    return len(larger & smaller) >= CONTAINED * len(smaller)
