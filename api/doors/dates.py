"""Dates in the filters of other systems: ISO 8601 as everywhere here, or seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from marshmallow import ValidationError

from api.doors.conditions import Published
from api.schemas.fields import LastMoment, Moment

Relation: TypeAlias = Literal["on", "after", "from", "before", "until"]

REFUSAL = (
    "Must be an ISO 8601 date or date-time, such as 2026-01-15 or 2026-01-15T09:30:00Z, "
    "or a number of seconds since 1970."
)


def published(relation: Relation, value: object) -> Published:
    """The condition to be published so; a date counts as its whole day, in UTC.

    Raises ValidationError for what is no date.
    """
    try:
        first, last = _moments(value)
        match relation:
            case "on":
                return Published(first, last)
            case "after":
                return Published(begin=last + timedelta.resolution)
            case "from":
                return Published(begin=first)
            case "before":
                return Published(end=first - timedelta.resolution)
            case "until":
                return Published(end=last)
    except (ValidationError, ValueError, OverflowError, OSError):
        raise ValidationError(REFUSAL) from None


def _moments(value: object) -> tuple[datetime, datetime]:
    """The first and the last instant that `value` names."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        moment = datetime.fromtimestamp(value, UTC)
        return moment, moment
    return Moment().deserialize(value), LastMoment().deserialize(value)
