"""Fields of requests: strict, and plain about what they take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.types import ErrorMessages
from marshmallow.validate import Length, OneOf, Range

from api.schemas.described import described

MAX_VALUE_LENGTH = 2048
MAX_VALUES = 100

# Python also reads weeks, ordinals and any separator, which then mean what nobody meant.
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")

_PLAIN_NUMBER = re.compile(r"[0-9]{0,9}\.?[0-9]{1,9}")
_HALF_LIFE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=3650)


def refusals(invalid: str) -> ErrorMessages:
    """What a field says of a value that is missing, null or of another kind."""
    return {
        "required": "Is required.",
        "null": "Must not be null; leave it out instead.",
        "invalid": invalid,
    }


def not_blank(text: str) -> None:
    """Refuse a text that is empty or white space only."""
    if not text.strip():
        raise ValidationError("Must not be empty.")


def well_formed(text: str) -> None:
    """Refuse lone surrogates, which JSON can spell and UTF-8 cannot."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError("Must be valid Unicode; it contains half of a surrogate pair.")


def at_most(length: int) -> Length:
    """Refuse a text of more than `length` code points."""
    return Length(max=length, error=f"Must be at most {length:,} code points long.")


class Text(fields.String):
    """A text that is not blank."""

    default_error_messages = refusals("Must be a string.")

    def __init__(self, *, length: int = MAX_VALUE_LENGTH, **keywords: Any) -> None:
        super().__init__(validate=[at_most(length), well_formed, not_blank], **keywords)


class Names(fields.List[str]):
    """One or several texts: a repeated URL parameter, or a string or array in JSON."""

    default_error_messages = refusals("Must be a string or an array of strings.")

    def __init__(
        self, description: str, example: str, each: fields.Field[Any] | None = None
    ) -> None:
        too_many = f"Must hold at most {MAX_VALUES} values."
        super().__init__(
            each or Text(),
            validate=Length(max=MAX_VALUES, error=too_many),
            metadata=described(description, [example]),
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> list[str | None]:
        values = [value] if isinstance(value, str) else value
        return super()._deserialize(values, attr, data, **keywords)


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = refusals("Must be a string.")

    def __init__(self, known: Sequence[str], **keywords: Any) -> None:
        refusal = f"Must be one of: {', '.join(known)}."
        super().__init__(validate=OneOf(known, error=refusal), **keywords)


class Flag(fields.Boolean):
    """`true` or `false`, and no other word for it."""

    default_error_messages = refusals("Must be true or false.")

    def __init__(self, **keywords: Any) -> None:
        super().__init__(truthy={"true", True}, falsy={"false", False}, **keywords)

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> Any:
        if not isinstance(value, str | bool):  # 1 equals True.
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **keywords)


class Share(fields.Float):
    """A number from 0 to 1 in plain digits."""

    _REFUSAL = "Must be a number from 0 to 1, such as 0.5."
    default_error_messages = refusals(_REFUSAL) | dict.fromkeys(["special", "too_large"], _REFUSAL)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(validate=Range(0, 1, error=self._REFUSAL), **keywords)

    def _validated(self, value: Any) -> float:
        if isinstance(value, str):
            plain = _PLAIN_NUMBER.fullmatch(value) is not None
        else:
            plain = type(value) in (int, float)
        if not plain:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class HalfLife(fields.Field[timedelta]):
    """A stretch of time as a number and a unit: `12h`, `7d`, `2w`."""

    default_error_messages = refusals(
        "Must be a number with h, d or w for hours, days or weeks, such as 12h, 7d or 2w, "
        "from 1h to 3650d."
    )

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> timedelta:
        match = _HALF_LIFE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self.make_error("invalid")
        stretch = float(match[1]) * _UNITS[match[2]]
        if not SHORTEST <= stretch <= LONGEST:
            raise self.make_error("invalid")
        return stretch


class WholeNumber(fields.Integer):
    """A whole number in ASCII digits; no boolean, no fraction, no underscore."""

    default_error_messages = refusals("Must be a whole number.")

    def _validated(self, value: Any) -> int:
        if isinstance(value, str):
            plain = value.isascii() and value.lstrip("-").isdigit() and len(value) < 10
        else:
            plain = type(value) is int
        if not plain:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Moment(fields.Field[datetime]):
    """An ISO 8601 date or date-time as a UTC instant; a date is its first instant."""

    default_error_messages = refusals(
        "Must be an ISO 8601 date or date-time, such as 2026-01-15 or 2026-01-15T09:30:00Z; "
        "in a URL, write the + of an offset as %2B."
    )
    time_of_day = time.min

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        if not (isinstance(value, str) and _ISO_8601.fullmatch(value)):
            raise self.make_error("invalid")
        try:
            return self._read(value)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None

    def _read(self, text: str) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(text), self.time_of_day, UTC)
        except ValueError:
            moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class LastMoment(Moment):
    """As `Moment`, but a date is its last instant, so that it includes the whole day."""

    time_of_day = time.max


class Rounded(fields.Float):
    """A number in a response, to so many digits; floats of 32 bits have no more to tell."""

    def __init__(self, digits: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._digits = digits

    def _serialize(self, value: float | None, *_: Any, **__: Any) -> float | None:
        return None if value is None else round(value, self._digits)
