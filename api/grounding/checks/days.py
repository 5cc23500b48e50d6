"""Dates in a text, as far as they are given: a day, a month of a year, a weekday."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import regex

from api.grounding.checks.calendar_words import MONTHS, WEEKDAYS
from api.grounding.checks.words import fold, listed
from indexer.documents import Span

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_DAY = r"(?P<d>\d{1,2})"
_YEAR = r"(?P<y>[12]\d{3})"
_KANJI_MONTH = "十[一二]?|[一二三四五六七八九]"
_KANJI_DAY = "[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]"
# Only with a capital where that tells: may and mars mean other things; French months have none.
_NAMED = rf"(?P<b>\b(?i:{_MONTH})\b)\.?"
_FORMS = regex.compile(
    rf"""
      \b {_YEAR}-(?P<m>\d\d)-(?P<d>\d\d) \b
    | (?P<y>[12]\d{{3}}|[〇一二三四五六七八九]{{4}}) 年
        (?: (?P<m>\d{{1,2}}|{_KANJI_MONTH}) 月
        (?: (?P<d>\d{{1,2}}|{_KANJI_DAY}) 日 )? )?
    | (?P<m>\d{{1,2}}|{_KANJI_MONTH}) 月 (?P<d>\d{{1,2}}|{_KANJI_DAY}) 日
    | (?P<d>\d{{1,2}}|{_KANJI_DAY}) 日 (?![本間])
    | \b (?P<d>\d{{1,2}}) \. \s? (?P<m>\d{{1,2}}) \. (?: \s? {_YEAR} \b )?
    | \b (?P<m>\d{{1,2}}) / (?P<d>\d{{1,2}}) / {_YEAR} \b
    | \b {_DAY} (?: st|nd|rd|th|er|\. )? \s+ (?: of \s+ )? {_NAMED} (?: ,? \s+ {_YEAR} \b )?
    | {_NAMED} \s+ {_DAY} (?: st|nd|rd|th )? \b (?! [.,]?\d | \s*% ) (?: ,? \s+ {_YEAR} \b )?
    | {_NAMED} ,? \s+ (?: of \s+ )? {_YEAR} \b
    | {_NAMED}
    | (?P<w>\b(?i:{_WEEKDAY})) (?P<part>morgen|abend|nacht|mittag|vormittag|nachmittag)? (?:s\b|\b)
    """,
    regex.VERBOSE,
)
_KANJI = {sign: value for value, sign in enumerate("〇一二三四五六七八九")}
_AMBIGUOUS = frozenset({"may", "mars", "march", "mai", "august"})
_BEFORE_MONTHS = regex.compile(
    r"\b(?:in|of|by|from|until|till|since|to|and|early|late|mid|next|last|through|between|during"
    r"|im|bis|ab|seit|anfang|mitte|ende|en|de|fin|début|jusqu['’]en|au)[\s-]+$",
    regex.IGNORECASE,
)
# More letters than the longest of them has, with the space after it.
_REACH = 24
_FRENCH = frozenset(MONTHS) - listed("january march april june july october november december")


@dataclass(frozen=True, slots=True)
class Day:
    """What is said of a date: each member is None where it is left open. ISO weekdays, from 1."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    span: Span

    def agrees(self, other: Day) -> bool:
        """Whether all that both say is the same, and both say something of the same kind."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in _MEMBERS]
        both = [(own, their) for own, their in pairs if own is not None and their is not None]
        return bool(both) and all(own == their for own, their in both)

    def comparable(self, other: Day) -> bool:
        """Whether both say something of the same kind."""
        return any(
            getattr(self, name) is not None and getattr(other, name) is not None
            for name in ("month", "day", "weekday")
        )

    def covers(self, day: date) -> bool:
        """Whether a day of the calendar may be meant."""
        said = (self.year, self.month, self.day, self.weekday)
        known = (day.year, day.month, day.day, day.isoweekday())
        return all(own is None or own == their for own, their in zip(said, known, strict=True))


_MEMBERS = ("year", "month", "day", "weekday")


def days(text: str) -> list[Day]:
    """The dates of a text in order, a lone year excepted, which is a number like others."""
    return list(_days(text))


def around(published: date, day: Day) -> list[date]:
    """The days a report of `published` may mean by a date, the nearest before and after."""
    if day.weekday and not (day.month or day.day):
        back = (published.isoweekday() - day.weekday) % 7
        ahead = (day.weekday - published.isoweekday()) % 7
        return [published - timedelta(back), published + timedelta(ahead)]
    if not day.day:
        return []
    month = day.month or published.month
    years = [day.year] if day.year else [published.year + step for step in (-1, 0, 1)]
    found = [each for year in years if (each := _valid(year, month, day.day))]
    return sorted(found, key=lambda each: abs(each - published))[:1]


def _days(text: str) -> Iterator[Day]:
    for found in _FORMS.finditer(text):
        if (found["w"] or found["b"]) and not _is_name(found):
            continue
        month = MONTHS[fold(found["b"])] if found["b"] else _integer(found["m"])
        weekday = WEEKDAYS[fold(found["w"])] if found["w"] else None
        span = Span(*found.span())
        day = Day(_integer(found["y"]), month, _integer(found["d"]), weekday, span)
        if day.month and day.month > 12 and day.day and day.day <= 12:
            day = replace(day, month=day.day, day=day.month)
        if (day.month is None or 1 <= day.month <= 12) and (day.day is None or day.day <= 31):
            yield day


def _is_name(found: regex.Match[str]) -> bool:
    """Whether the word is a month or a weekday here: Sun and may are, or are not."""
    word: str = found["w"] or found["b"]
    if found["d"] or found["y"]:
        return True
    if found["w"]:
        return len(word) > 4
    if fold(word) in _AMBIGUOUS:
        before = found.string[max(0, found.start() - _REACH) : found.start()]
        return _BEFORE_MONTHS.search(before) is not None
    return len(word) > 3 and (word[0].isupper() or fold(word) in _FRENCH)


def _integer(text: str | None) -> int | None:
    if not text:
        return None
    if text[0].isdigit():
        return int(text)
    if "十" not in text:
        return int("".join(str(_KANJI[sign]) for sign in text))
    tens, _, ones = text.partition("十")
    return (_KANJI[tens] if tens else 1) * 10 + (_KANJI[ones] if ones else 0)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
