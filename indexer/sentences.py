"""Cut a text into sentences whose offsets always hold.

Lines come first: a blank line ends a sentence, and so does a single line break unless the
paragraph is hard-wrapped or the sentence plainly runs on. Inside such a block every mark that
may end a sentence is looked at together with the words around it. Positions only ever grow while
the text is read once, so nothing has to be looked up again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import regex

from indexer.abbreviations import Abbreviations, abbreviations
from indexer.documents import Span

# What belongs to the character before it (UAX #29, rules 9 and 9a).
EXTENDER = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]"

_CLOSERS = "\"'”’“»›)\\]}"
_WIDE_CLOSERS = "\"'”’」』】）］〉》〕"
_MARKS = ".!?…‽؟۔।॥։።፧။།។\u037e"
_WIDE_MARKS = "。！？｡"
# Thai and Lao write no full stop; a space between two of their letters is the only sign there is.
_SPACED = "\u0e01-\u0eff"

# Japanese goes on after a closed quotation with a particle: 「…。」と述べた。
_PARTICLES = "とっなのがをにはもで、，"

# A run of marks is looked at once, from its beginning, so that a page of dots takes linear time.
_STOP = regex.compile(
    rf"""
    (?<![{_WIDE_MARKS}]) [{_WIDE_MARKS}]++
      (?: [{_WIDE_CLOSERS}]++ (?![{_PARTICLES}]) | (?![{_WIDE_CLOSERS}]) ) (?!{EXTENDER})
    | (?P<mark> \.(?:[ \xa0]\.)+ | (?<![{_MARKS}]) [{_MARKS}]++ )
      (?P<closers> (?: [{_CLOSERS}] | \s» | \[\d{{1,3}}\] )* )
      (?=\s)
    | (?<=[{_SPACED}]) (?=\s+[{_SPACED}])
    """,
    regex.VERBOSE,
)
_ENDED = regex.compile(rf"[{_MARKS}{_WIDE_MARKS}][{_CLOSERS}{_WIDE_CLOSERS}]*\Z")
_NOT_IN_WORD = regex.compile(r"[^\w.]")
_WORD_AFTER = regex.compile(r"[\s\"'“”‘’„«»(\[{¿¡—–-]*([^\W_]\w*)")
# Longest word worth looking at before a full stop: no abbreviation is longer.
_REACH = 16

_BULLETS = "•‣⁃◦▪*-–— \xa0"

_WRAP_WIDTHS = range(40, 101)
# What a line break could not have been avoided for: a word, or one letter of a spaceless script.
_UNBREAKABLE = regex.compile(r"[^\s\u2e80-\uffff]+|\S")


def sentences(text: str, language: str | None = None) -> list[Span]:
    """The sentences of a text, in order; together they hold every character but white space.

    Each span begins and ends on a character which is not white space. `language` is a BCP 47 tag
    and chooses the abbreviations; without it they are the English ones.
    """
    known = abbreviations(language or "en")
    return [
        sentence for block in blocks(text) for sentence in _sentences_of_block(text, block, known)
    ]


def blocks(text: str) -> Iterator[Span]:
    """The stretches inside which a line break means no more than a space."""
    for paragraph in _paragraphs(text):
        wrapped = _is_wrapped(text, paragraph)
        start = paragraph[0].start
        for line, following in pairwise(paragraph):
            if not (wrapped or _runs_on(line.of(text), following.of(text))):
                yield Span(start, line.end)
                start = following.start
        yield Span(start, paragraph[-1].end)


def _paragraphs(text: str) -> Iterator[list[Span]]:
    """Runs of lines without a blank one between, each line without the white space around it."""
    paragraph: list[Span] = []
    position = 0
    for line in text.splitlines(keepends=True):
        content = line.strip()
        if content:
            start = position + len(line) - len(line.lstrip())
            paragraph.append(Span(start, start + len(content)))
        elif paragraph:
            yield paragraph
            paragraph = []
        position += len(line)
    if paragraph:
        yield paragraph


def _is_wrapped(text: str, lines: list[Span]) -> bool:
    """Whether the lines are one filled paragraph: no line had room for the next one's first word.

    That is what every greedy line filler leaves behind, and what lists, verse and
    one-paragraph-a-line texts do not.
    """
    width = max(line.end - line.start for line in lines)
    return width in _WRAP_WIDTHS and all(
        line.end - line.start + 1 + _first_word_length(text, following) > width
        for line, following in pairwise(lines)
    )


def _first_word_length(text: str, line: Span) -> int:
    return next(_UNBREAKABLE.finditer(text, line.start, line.end)).end() - line.start


def _runs_on(line: str, following: str) -> bool:
    """Whether a sentence plainly goes on from one line to the next."""
    return following[0].islower() and not _ENDED.search(line) and _is_cased(line)


def _is_cased(text: str) -> bool:
    """Whether the text uses capitals at all, so that a small letter says something."""
    return text != text.lower()


def _sentences_of_block(text: str, block: Span, known: Abbreviations) -> Iterator[Span]:
    cased = _is_cased(block.of(text))
    start = block.start
    for stop in _STOP.finditer(text, block.start, block.end):
        before = text[max(start, stop.start() - _REACH) : stop.start()]
        after = text[stop.end() : min(stop.end() + _REACH, block.end)]
        if _ends_sentence(stop, before, after, known, cased):
            yield Span(start, stop.end())
            start = stop.end()
            while start < block.end and text[start].isspace():
                start += 1
    if start < block.end:
        yield Span(start, block.end)


def _ends_sentence(
    stop: regex.Match[str], before: str, after: str, known: Abbreviations, cased: bool
) -> bool:
    """Whether a sentence ends at `stop`, judged by the few characters around it."""
    following = _WORD_AFTER.match(after)
    if stop["mark"] is None or following is None:
        return True
    if before.endswith(("(", "[")) or (cased and _begins_small(following[1])):
        return False
    if stop["mark"] != "." or stop["closers"].lstrip(")"):
        return True
    word = _NOT_IN_WORD.split(before)[-1]
    is_item_number = word.isdecimal() and before.lstrip(_BULLETS) == word
    return not (is_item_number or known.holds(word, following[1]))


def _begins_small(word: str) -> bool:
    """Whether the word begins with a small letter, names like iPhone and eBay apart."""
    return word[0].islower() and not word[1:2].isupper()
