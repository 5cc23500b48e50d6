"""Quoted words stand in the evidence, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from api.grounding.checks.finding import Finding, Ground
from api.grounding.checks.words import folded_article, folded_words
from indexer.documents import Span

# A quotation may run over several sentences, so they are looked for in a whole text. Straight
# marks and those that mean the other thing elsewhere (“ closes in German) pair by what comes first.
_QUOTED = regex.compile(
    r"""
      "(?P<q>[^"\n]+)(?:"|$|\n)
    | “(?P<q>[^“”\n]+)(?:[”"]|$|\n)
    | „(?P<q>[^„“”"\n]+)(?:[“”"]|$|\n)
    | «(?P<q>[^«»\n]+)(?:»|$|\n)
    | »(?P<q>[^«»\n]+)(?:«|$|\n)
    | 「(?P<q>[^「」\n]+)(?:」|$|\n)
    | 『(?P<q>[^『』\n]+)(?:』|$|\n)
    | (?<![\w.])['‘](?P<q>[^'‘’\n]*(?:(?<=\w)['’](?=\w)[^'‘’\n]*)*)['’](?!\w)
    """,
    regex.VERBOSE,
)
_LEFT_OUT = regex.compile(r"\[?(?:…|\.\.\.)\]?|\[[^\]]*\]")
# A bracket that touches letters stands for the rest of their word: announc[ed]; [m]y, [it]’s.
_BEGINS_WORD = regex.compile(r"(?<=\w)\[")
_ENDS_WORD = regex.compile(r"(?<=\])['’]?\w")


def quotations(text: str) -> list[Span]:
    """What stands in quotation marks, as spans of the text without the marks."""
    return [Span(*found.span("q")) for found in _QUOTED.finditer(text) if found["q"].strip()]


def check(quoted: Sequence[str], ground: Ground) -> Iterator[Finding]:
    """A finding for each quotation that the article does not hold word for word.

    Case, white space, accents of punctuation and marks at the ends may differ, and what is left
    out with an ellipsis or put into brackets is passed over, be it a part of a word.
    """
    for quotation in quoted:
        whole = folded_article(ground.whole)
        place = 0
        for words in _parts(quotation):
            found = whole.find(words, place) if words.strip() else place
            if found < 0:
                yield Finding(f"These words are not in the source: “{quotation.strip()}”.", True)
                break
            # The space after a word is the one before the next.
            place = found + len(words.rstrip())


def _parts(quotation: str) -> Iterator[str]:
    """What is quoted between what is left out, folded, with spaces where whole words end."""
    cuts = [place for found in _LEFT_OUT.finditer(quotation) for place in found.span()]
    for start, end in zip([0, *cuts[1::2]], [*cuts[::2], len(quotation)], strict=True):
        words = folded_words(quotation[start:end])
        if _ENDS_WORD.match(quotation, start):
            words = words.removeprefix(" ")
        if _BEGINS_WORD.match(quotation, end):
            words = words.removesuffix(" ")
        yield words
