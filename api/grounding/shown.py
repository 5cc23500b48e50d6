"""Texts of others as a prompt shows them: without what could break out of their place.

Nothing here changes an article: what is shown may differ from it by a few characters, and the
spans beside it say where in the article it stands.
"""

from __future__ import annotations

from hashlib import sha256

import regex

_LINE_ENDS = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, and characters that reorder a line (UAX #9) or hide letters in it (the tags of UTS #51).
_STEERING = regex.compile(
    r"[[\p{Cc}\p{Cs}]--[\t\n]]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]",
    regex.V1,
)
# What a reader of answers takes for the number of a passage.
_MARKER = regex.compile(r"[\[【]((?:\s*\p{Nd}+\s*[,;–-]?)+)[\]】]")
_DIGITS = 8


def shown(text: str) -> str:
    """`text` in plain lines, its brackets around numbers round: only headers have `[n]`."""
    return _MARKER.sub(r"(\1)", _STEERING.sub("", _LINE_ENDS.sub("\n", text)))


def in_line(text: str) -> str:
    """`text` as `shown`, on one line."""
    return " ".join(shown(text).split())


def fence_mark(text: str) -> str:
    """Hex digits that do not occur in `text` in any case, the same for the same text."""
    folded = text.casefold()
    salt = folded
    while True:
        salt = sha256(salt.encode()).hexdigest()
        if salt[:_DIGITS] not in folded:
            return salt[:_DIGITS]
