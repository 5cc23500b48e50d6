"""Numbers in a text: what they come to, what they measure, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import regex

from api.grounding.checks.number_words import (
    LONGEST,
    ORDINALS,
    SCALES,
    SPELLED,
    SYMBOLS,
    UNITS,
)
from api.grounding.checks.words import Token, tokens
from api.search.function_words import FUNCTION_WORDS
from indexer.documents import Span

_ORDINAL_ENDINGS = {"st", "nd", "rd", "th", "er", "e", "ème"}
_FUNCTION = frozenset().union(*(FUNCTION_WORDS[name] for name in ("en", "de", "fr")))
_KANJI = {sign: value for value, sign in enumerate("〇一二三四五六七八九")}
_KANJI_TENS = {"十": 10, "百": 100, "千": 1000}
# Nothing in the news is more, and a million millions a thousand times over is no number any more.
_LARGEST = Decimal(10) ** 18
# Letters within which the sign of a currency or of percent stands before or behind its number.
_NEAR = 2
_GROUPED = regex.compile(r"\d{1,3}(?:[., \u202f\xa0]\d{3})+")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it may be read: 1.234 is 1234 in German, and less than two in English.

    `unit` is what it measures, `#` for an ordinal, or None; `head` the word that follows, folded.
    """

    values: frozenset[Decimal]
    unit: str | None
    head: str | None
    span: Span

    def equals(self, other: Figure) -> bool:
        """Whether both can be read as the same number of the same thing."""
        return bool(self.values & other.values) and self.comparable(other)

    def backs(self, claimed: Figure) -> bool:
        """Whether it bears a claimed number out: the same, or counted off, as in every third."""
        counted = "#" in (self.unit, claimed.unit) and bool(self.values & claimed.values)
        return counted or self.equals(claimed)

    def comparable(self, other: Figure) -> bool:
        """Whether both may measure the same: units agree, or one has none and no other word."""
        if self.unit == other.unit:
            return True
        if "#" in (self.unit, other.unit) or (self.unit and other.unit):
            return False
        without = other if self.unit else self
        return without.head is None


def figures(text: str) -> list[Figure]:
    """The numbers of a text in order, in digits, in words or in kanji."""
    return list(_figures(text, tokens(text)))


def _figures(text: str, found: Sequence[Token]) -> Iterator[Figure]:
    place = 0
    while place < len(found):
        values, after = _number(found, place)
        if not values:
            place += 1
            continue
        values, after = _scaled(values, found, after)
        span = Span(found[place].start, found[after - 1].end)
        unit, after = _unit(text, span, found, after)
        yield Figure(values, unit, _head(found, after), _with_unit(text, span, found[after - 1]))
        place = after


def _number(found: Sequence[Token], place: int) -> tuple[frozenset[Decimal], int]:
    """What the words from `place` on may come to, and the place after them."""
    token = found[place]
    if token.is_figure:
        return _readings(token.text), place + 1
    if token.folded in _KANJI or token.folded in _KANJI_TENS:
        return _kanji(found, place)
    for length in range(LONGEST, 0, -1):
        words = tuple(each.folded for each in found[place : place + length])
        # Sept. is a month.
        if words in SPELLED and not (words[0] == "sept" and token.is_capital):
            return frozenset({Decimal(SPELLED[words])}), place + len(words)
    if token.folded in ORDINALS:
        return frozenset({Decimal(ORDINALS[token.folded])}), place + 1
    if token.folded in ("million", "milliarde", "hundert", "tausend", "mille"):
        return frozenset({Decimal(1)}), place
    return frozenset(), place


def _readings(text: str) -> frozenset[Decimal]:
    """The numbers that digits with separators may stand for."""
    bare = regex.sub(r"[., \u202f\xa0]", "", text)
    marks = regex.findall(r"[., \u202f\xa0]", text)
    whole = Decimal(bare)
    if not marks:
        return frozenset({whole})
    fraction = len(text) - 1 - max(text.rfind(mark) for mark in marks)
    decimal = whole.scaleb(-fraction)
    if len(marks) > 1 and len(set(marks)) > 1:
        return frozenset({decimal})
    if not _GROUPED.fullmatch(text):
        return frozenset({decimal})
    # A full stop before three digits may be a decimal point, if they do not end in a zero.
    either = marks == ["."] and not text.endswith("0")
    return frozenset({whole, decimal} if either else {whole})


def _kanji(found: Sequence[Token], place: int) -> tuple[frozenset[Decimal], int]:
    total, digits, after = Decimal(0), "", place
    while after < len(found) and ((sign := found[after].text) in _KANJI or sign in _KANJI_TENS):
        if sign in _KANJI:
            digits += str(_KANJI[sign])
        else:
            total += Decimal(digits or 1) * _KANJI_TENS[sign]
            digits = ""
        after += 1
    return frozenset({total + Decimal(digits or 0)}), after


def _scaled(
    values: frozenset[Decimal], found: Sequence[Token], after: int
) -> tuple[frozenset[Decimal], int]:
    """With the hundreds, thousands and millions that follow: two hundred and fifty thousand."""
    while after < len(found) and max(values) < _LARGEST and (scale := _scale(found, after)):
        values, after = frozenset(value * scale for value in values), after + 1
        if scale > 1000:
            continue
        rest = after + (after < len(found) and found[after].folded == "and")
        if rest < len(found) and not _ranks(found[rest]):
            more, beyond = _number(found, rest)
            if more and max(more) < scale and not found[rest].is_figure:
                values, after = frozenset(v + m for v in values for m in more), beyond
    return values, after


def _scale(found: Sequence[Token], place: int) -> Decimal | None:
    token = found[place]
    glued = place > 0 and found[place - 1].is_figure and found[place - 1].end == token.start
    if token.folded in ("m", "k") and not (glued and token.text != "m"):
        return None
    return SCALES.get(token.folded)


def _unit(text: str, span: Span, found: Sequence[Token], after: int) -> tuple[str | None, int]:
    """What a number measures, by the signs around it or the word after it."""
    before = text[max(0, span.start - _NEAR) : span.start].strip()
    behind = text[span.end : span.end + _NEAR].lstrip()
    symbol = SYMBOLS.get(behind[:1]) or SYMBOLS.get(before[-1:])
    if symbol:
        return symbol, after
    word = found[after - 1].folded
    if word in ORDINALS:
        return "#", after
    if after == len(found):
        return None, after
    following = found[after]
    if following.start == span.end and following.folded in _ORDINAL_ENDINGS:
        return "#", after + 1
    if following.folded in ("per", "pour", "pro", "v") and after + 1 < len(found):
        if found[after + 1].folded in ("cent", "h"):
            return "%", after + 2
        return None, after
    if following.folded == "m":
        return "m", after + 1
    unit = UNITS.get(following.folded)
    return unit, after + (unit is not None)


def _with_unit(text: str, span: Span, last: Token) -> Span:
    """The number with the sign before or behind it, or the word that says what it measures."""
    start, end = span.start, max(span.end, last.end)
    if text[start - 1 : start] in SYMBOLS:
        start -= 1
    behind = text[end : end + _NEAR]
    sign = behind.lstrip(" \u202f\xa0")
    if sign[:1] in SYMBOLS:
        end += len(behind) - len(sign) + 1
    return Span(start, end)


def _head(found: Sequence[Token], place: int) -> str | None:
    if place >= len(found):
        return None
    word = found[place]
    if word.is_figure or word.folded in _FUNCTION or len(word.folded) < 3:
        return None
    return word.folded


def _ranks(token: Token) -> bool:
    return token.folded in ORDINALS or token.folded in SCALES
