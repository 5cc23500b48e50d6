"""A title for a text that has none: its first sentence."""

from __future__ import annotations

import re

from indexer.loaders.datelines import read_dateline

LONGEST_TITLE = 120
_PARAGRAPH = re.compile(r"\S[^\r\n]*")
# A stop after a short word may belong to it ("Mr.", "U.S."); a longer title is the lesser harm.
_SENTENCE_END = re.compile(
    r"(?:(?:\w{4}|\d|[”\"’)])[.!?…]+|[?!]+)[\"'”’»)]*(?=\s|$)|[。！？]+[」』）]*"
)
_ABBREVIATIONS = ("Prof.", "Sept.", "Capt.", "Govt.", "Supt.")


def inferred_title(text: str) -> str:
    """The first sentence of `text` after its dateline, cut at a word when it is long."""
    dateline = read_dateline(text.lstrip())
    start = len(text) - len(text.lstrip()) + (dateline.end if dateline else 0)
    paragraph = _PARAGRAPH.search(text, start)
    opening = paragraph[0][: 2 * LONGEST_TITLE] if paragraph else text.strip()
    ends = (found.end() for found in _SENTENCE_END.finditer(opening))
    end = next((end for end in ends if not opening[:end].endswith(_ABBREVIATIONS)), len(opening))
    sentence = " ".join(opening[:end].split())
    if len(sentence) <= LONGEST_TITLE:
        return sentence
    cut = sentence[:LONGEST_TITLE]
    head, space, _ = cut.rpartition(" ")
    return f"{(head if space else cut).rstrip(',;:-—–')}…"
