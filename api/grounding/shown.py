"""Texts of others as a prompt shows them: without what could break out of their place.

Nothing here changes an article: what is shown may differ from it by a few characters, and the
spans beside it say where in the article it stands.
"""

from __future__ import annotations

from hashlib import sha256

import regex

_LINE_ENDS = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, and characters that reorder a line (UAX #9) or hide letters in it (tags, UTS #51, and
# selectors of variants). Scripts and emoji need joiners, and the signs before numbers are seen.
_STEERING = regex.compile(
    r"[[\p{Cc}\p{Cs}]--[\t\n]]|[\p{Cf}--[\u200c\u200d\p{Prepended_Concatenation_Mark}]]"
    r"|[\U000e0000-\U000e01ef]",
    regex.V1,
)
# What a reader of answers takes for the number of a passage, in whatever brackets.
_UNSEEN = r"[\s\u200c\u200d\ufe0e\ufe0f]*+"
_MARKER = regex.compile(
    rf"[\[［【〔〖〚⟦]({_UNSEEN}\p{{Nd}}++(?:{_UNSEEN}[,;–-]{_UNSEEN}\p{{Nd}}++)*+{_UNSEEN}"
    r"(?:†[^】\n]{0,40}+)?)[\]］】〕〗〛⟧]"
)
_QUOTE_MARKS = str.maketrans(dict.fromkeys('“”„‟«»〝〞〟″＂"', "'"))
_DIGITS = 8


def visible(text: str) -> str:
    """`text` without characters that steer or hide what is seen, in plain lines."""
    return _STEERING.sub("", _LINE_ENDS.sub("\n", text))


def shown(text: str) -> str:
    """`text` as it is visible, its brackets around numbers round: only headers have `[n]`."""
    return _MARKER.sub(r"(\1)", visible(text))


def looks_marked(text: str) -> bool:
    """Whether something in a text of others could be taken for the number of a passage."""
    return _MARKER.search(visible(text)) is not None


def in_line(text: str) -> str:
    """`text` as `shown`, on one line."""
    return " ".join(shown(text).split())


def quoted(text: str) -> str:
    """`text` on one line in quotation marks, which those in it cannot close."""
    return f"“{in_line(text).translate(_QUOTE_MARKS)}”"


def fence_mark(text: str) -> str:
    """Hex digits that do not occur in `text` in any case, the same for the same text."""
    folded = text.casefold()
    salt = folded
    while True:
        salt = sha256(salt.encode()).hexdigest()
        if salt[:_DIGITS] not in folded:
            return salt[:_DIGITS]
