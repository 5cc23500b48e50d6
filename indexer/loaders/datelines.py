"""The dateline a news text opens with: `WASHINGTON, Dec 16 (Agency) —`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"[^\W\d_]+(?:[.'’][^\W\d_]+)*\.?"
_NAME = rf"{_WORD}(?:[ /-]{_WORD}){{0,3}}"
_MONTH = r"[^\W\d_]{3,9}\.?"
_DATE = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}}\.? {_MONTH})(?:,? \d{{4}})?"
_OPENING = re.compile(
    rf"(?P<place>{_NAME})(?P<region>(?:, {_NAME}){{0,2}}?)(?P<date>,? {_DATE})?"
    r"(?P<agency>\s*\([^()\d]{2,40}\)|\.? /[^\W\d_]{2,20}/)?"
    r"(?:(?P<dash>\s*[—–]\s*|\s+--?\s+|\.\s+)(?=\S)|(?P<alone>\s*(?:[—–-]+\s*)?$))"
)
_LONGEST = 120
_NOT_PLACES = frozenset(
    {
        *("ANALYSIS", "BREAKING", "COMMENT", "CORRECTION", "EDITORIAL", "EXCLUSIVE", "EXPLAINER"),
        *("FACTBOX", "INTERVIEW", "LIVE", "NEWS", "OPINION", "REVIEW", "UPDATE", "URGENT", "WATCH"),
    }
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """A place and perhaps a date, and where the text goes on after agency and dash."""

    text: str
    end: int


def read_dateline(text: str) -> Dateline | None:
    """The dateline `text` opens with, on a line of its own or before its first sentence."""
    line = re.split(r"[\r\n]", text[:_LONGEST], maxsplit=1)[0]
    opening = _OPENING.match(line)
    if opening is None or opening["place"].upper() in _NOT_PLACES:
        return None
    alone = opening["alone"] is not None
    if not (_is_line_of_its_own(opening) if alone else _precedes_sentence(opening, line)):
        return None
    written = opening["place"] + opening["region"] + (opening["date"] or "")
    return Dateline(written, opening.end())


def _is_line_of_its_own(opening: re.Match[str]) -> bool:
    if not opening["place"].isupper():
        return False
    few_words = len(opening["place"].split()) <= 2
    return bool(few_words or opening["region"] or opening["date"] or opening["agency"])


def _precedes_sentence(opening: re.Match[str], line: str) -> bool:
    slashed = (opening["agency"] or "").endswith("/")
    if (opening["dash"].strip() == "." and not slashed) or line[opening.end()].islower():
        return False
    if opening["place"].isupper():
        return len(opening["place"]) > 1
    return bool(opening["agency"] or opening["date"]) and _is_name(opening["place"])


def _is_name(place: str) -> bool:
    """Whether words could name a place: "Rio de Janeiro", but not "The Fed"."""
    first, *others = place.split()
    cased = all(word[0].isupper() or len(word) <= 3 for word in others)
    return first != "The" and first[0].isupper() and cased
