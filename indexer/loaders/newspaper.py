"""The shape of a plain newspaper text: section label, headline, byline, then the body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.loaders.datelines import read_dateline

LONGEST_HEADLINE = 150
_LINE = re.compile(r"[^\r\n]+")
_BREAK = re.compile(r"\r\n|\r|\n")
_SECTION = re.compile(r"[^\W\d_]+(?:[-/&][^\W\d_]+)*")
_LONGEST_SECTION = 20
_BYLINE = re.compile(r"(?:By|BY) [^\W\d_a-z].{0,80}[^.!?:]")
_BETWEEN_PARTS = re.compile(r"[,;&]| and ")
_PARTICLES = frozenset(
    {
        *("af", "al", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di"),
        *("do", "dos", "du", "el", "ibn", "la", "las", "le", "los", "ten", "ter", "und", "van"),
        *("von", "y", "zu", "zum", "zur"),
    }
)
_FUNCTION_WORDS = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "but", "by", "for", "from", "had", "has", "have"),
        *("her", "his", "in", "is", "its", "of", "on", "or", "our", "said", "that", "the"),
        *("their", "this", "to", "was", "were", "when", "which", "who", "will", "with", "would"),
    }
)
_CLOSERS = "\"'”’»)]」』"
_FULL_STOPS = ".。．…।۔"
_OUTCRIES = "?!？！؟"
_LEADS_ON = ",;:，、；：-—–"


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands above the body of a text, and the code point where the body begins."""

    body: int
    section: str = ""
    headline: str = ""
    byline: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    blank_after: bool


def read_shape(text: str) -> Shape:
    """Find the body of a newspaper text; a text without a headline is all body."""
    lines = _lines(text)
    taken = 0
    section = headline = byline = ""
    if len(lines) > 1 and _is_section(lines[0].text):
        section, taken = lines[0].text, 1
    if _is_headline(lines[taken:], bool(section)):
        headline, taken = lines[taken].text, taken + 1
        if len(lines) > taken + 1 and _is_byline(lines[taken:]):
            byline, taken = lines[taken].text, taken + 1
    return Shape(lines[taken].start if lines else 0, section, headline, byline)


def _lines(text: str) -> list[_Line]:
    matches = [match for match in _LINE.finditer(text) if not match[0].isspace()]
    ends = [*(match.start() for match in matches), len(text)][1:]
    return [
        _Line(
            text=match[0].strip(),
            start=match.end() - len(match[0].lstrip()),
            blank_after=len(_BREAK.findall(text, match.end(), end)) > 1,
        )
        for match, end in zip(matches, ends, strict=True)
    ]


def _is_section(line: str) -> bool:
    cased = line.islower() or line.istitle()
    return cased and len(line) <= _LONGEST_SECTION and bool(_SECTION.fullmatch(line))


def _is_headline(lines: Sequence[_Line], after_section: bool) -> bool:
    if len(lines) < 2 or len(lines[0].text) > LONGEST_HEADLINE or read_dateline(lines[0].text):
        return False
    line = lines[0].text
    certain = _is_byline(lines[1:]) or read_dateline(lines[1].text)
    if line[-1] in _LEADS_ON or _ends_with(line, _FULL_STOPS):
        return False
    # A question may be the first sentence of a headless text: then its title is inferred from
    # it, which loses nothing, where a false headline would take it out of the body.
    if _ends_with(line, _OUTCRIES) and not (after_section or certain):
        return False
    return bool(lines[0].blank_after or certain or not _is_wrapped(lines))


def _is_byline(lines: Sequence[_Line]) -> bool:
    """Whether a line names authors; no author is better than one made of a sentence's opening."""
    line = lines[0]
    if not _BYLINE.fullmatch(line.text) or line.text[-1] in _LEADS_ON:
        return False
    goes_on = len(lines) > 1 and not line.blank_after and lines[1].text[0].islower()
    if goes_on or line.text.split()[-1] in _FUNCTION_WORDS:
        return False
    parts = (part.split() for part in _BETWEEN_PARTS.split(line.text))
    plain = (sum(word.islower() and word not in _PARTICLES for word in part) for part in parts)
    return all(words < 2 for words in plain)


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Whether the first lines are cut at a width rather than where paragraphs end."""
    last = next((i for i, line in enumerate(lines) if line.blank_after), len(lines) - 1)
    following = lines[1 : last + 1]
    whole = sum(_ends_with(line.text, _FULL_STOPS + _OUTCRIES) for line in following)
    return following[0].text[0].islower() or 2 * whole < len(following)


def _ends_with(line: str, marks: str) -> bool:
    return line.rstrip(_CLOSERS)[-1:] in tuple(marks)
