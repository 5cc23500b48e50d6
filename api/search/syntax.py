"""What people type into a search box: "phrases", -exclusions, source:, after: and before:.

Nothing is a syntax error: whatever is not clearly one of these is plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_MARKS = '"“”„«»'
# A quotation holds no other quote of its kind, so that unclosed ones cost no second reading. A
# mark glued to a word is no quote: 5" screen. Single ones never are: rock'n'roll.
_QUOTED = r'(?:["“”„][^"“”„]*+["“”]|«[^«»]*+»|»[^«»]*+«)(?!\w)'
_BARE = rf"[^\s{_MARKS}]"
# A comma between operators belongs to none of them.
_END = r"[,;]*+(?!\S)"
# "-5 degrees" is cold, and not without fives.
_WITH_LETTER = rf"(?={_BARE}*?[^\W\d_])"
_DATE = r"[0-9]{4}(?:-[0-9]{2}){0,2}"

_OPERATOR = re.compile(
    rf"""
    (?<!\S) (?:
        (?i:source):  (?P<source>         {_QUOTED} | {_BARE}++ ) {_END}
    | - (?i:source):  (?P<exclude_source> {_QUOTED} | {_BARE}++ ) {_END}
    |   (?i:after):   "?(?P<after>  {_DATE})"? {_END}
    |   (?i:before):  "?(?P<before> {_DATE})"? {_END}
    | - (?P<excluded> {_QUOTED} | {_WITH_LETTER} [^\W_] (?: {_BARE}* \w )? ) {_BARE}*+ (?!\S)
    )
    | (?<![\w:]) (?P<phrase> {_QUOTED})
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W_]")
# Each of them is looked up in the whole index; what is beyond is plain text.
MOST_CONDITIONS = 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query taken apart: the text to look for, and the conditions put on what is found."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    exclude_source: tuple[str, ...] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None


@dataclass(slots=True)
class _Found:
    """The conditions of a query, as they are met from left to right."""

    names: dict[str, list[str]] = field(
        default_factory=lambda: {"phrase": [], "excluded": [], "source": [], "exclude_source": []}
    )
    days: dict[str, list[datetime]] = field(default_factory=lambda: {"after": [], "before": []})

    def take(self, match: re.Match[str]) -> str:
        """Note a condition, and give what is left of it in the text."""
        kind = match.lastgroup or ""
        noted = self._day(kind, match[kind]) if kind in self.days else self._name(kind, match[kind])
        if not noted:
            return match[0]
        if kind != "phrase":
            return ""
        # Quotations that touch, "one""two", are not one word.
        touching = match.string[match.end() : match.end() + 1]
        return self.names[kind][-1] + (" " if touching and touching in _MARKS else "")

    def _name(self, kind: str, value: str) -> bool:
        if sum(map(len, self.names.values())) >= MOST_CONDITIONS:
            return False
        name = value[1:-1].strip() if value[0] in _MARKS else value.rstrip(",;")
        if not _WORD.search(name):
            return False
        self.names[kind].append(name)
        return True

    def _day(self, kind: str, value: str) -> bool:
        year, month, day = [*map(int, value.split("-")), 1, 1][:3]
        try:
            first = datetime(year, month, day, tzinfo=UTC)
            self.days[kind].append(first - timedelta(microseconds=1) if kind == "before" else first)
        except (ValueError, OverflowError):
            return False
        return True

    def parsed(self, text: str) -> Parsed:
        """All conditions, every one of which must hold, and `text`."""
        each = {kind: tuple(dict.fromkeys(names)) for kind, names in self.names.items()}
        return Parsed(
            text=text,
            phrases=each["phrase"],
            excluded=each["excluded"],
            source=each["source"],
            exclude_source=each["exclude_source"],
            published_from=max(self.days["after"], default=None),
            published_to=min(self.days["before"], default=None),
        )


def parse(text: str) -> Parsed:
    """Take a query apart; never fails.

    "Words in quotes" must occur, `-word` and `-"some words"` must not; `source:NAME`,
    `-source:NAME`, `after:DATE` (that UTC day on) and `before:DATE` (until it begins) choose
    articles, with dates as YYYY, YYYY-MM or YYYY-MM-DD. If nothing to look for is left besides,
    all of it is plain text.
    """
    whole = " ".join(text.split())
    found = _Found()
    left = " ".join(_OPERATOR.sub(found.take, whole).split())
    return found.parsed(left) if _WORD.search(left) else Parsed(whole)
