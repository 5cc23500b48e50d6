"""Sentences short enough to be compared and shown as evidence, whatever an article is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from indexer.documents import Span
from indexer.sentences import EXTENDER

# Hardly a sentence has as many letters; what has more is a text without full stops.
LONGEST = 1_000
_MORE = rf".{{0,{LONGEST - 1}}}"
# Up to white space, failing that a mark of a clause, failing that the end of a grapheme.
_PIECE = regex.compile(
    rf"\S(?:{_MORE}(?=\s|\Z)|{_MORE}(?<=[,;:、，；：])|{_MORE}(?!{EXTENDER})|{_MORE})",
    regex.DOTALL,
)


def in_pieces(text: str, sentences: Iterable[Span]) -> Iterator[Span]:
    """The sentences of a text, those of more than LONGEST letters in pieces that have no more."""
    for sentence in sentences:
        if sentence.end - sentence.start <= LONGEST:
            yield sentence
        else:
            for found in _PIECE.finditer(text, sentence.start, sentence.end):
                yield Span(found.start(), found.start() + len(found[0].rstrip()))
