"""Dates as articles carry them, read strictly: what is ambiguous is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Obsolete zone names other than these mean nothing certain (RFC 5322, section 4.3).
_ZONES = "GMT|UTC?|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT"
_RFC_5322 = re.compile(
    rf"(?:[A-Za-z]{{3}},\s*)?\d{{1,2}}\s+[A-Za-z]{{3}}\s+\d{{4}}\s+\d{{2}}:\d{{2}}(?::\d{{2}})?"
    rf"\s+(?:[+-]\d{{4}}|{_ZONES})"
)
# A week alone names no day; and between day and time Python takes any character, even a digit:
# a number of milliseconds, 1712111230959, would be a day of the year 1712.
_ISO_8601 = re.compile(r"\d{4}(?:-\d{2}-\d{2}|\d{4}|-W\d{2}-\d|W\d{3})(?:[Tt ].+)?", re.ASCII)
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_SPELLED_UTC = re.compile(r"\s*(?:UTC|GMT)$")


def parse_date(written: str) -> datetime:
    """The moment `written` names, in ISO 8601 or RFC 5322, with the offset it was given in.

    Without an offset it is read as UTC, a day without a time as its midnight.
    Raises ValueError for anything else, with a message for the user.
    """
    written = " ".join(written.split())
    try:
        moment = _parse(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        placeholder = moment.astimezone(UTC).year < 2
    except (ValueError, OverflowError):
        raise ValueError(
            f"{written[:60]!r} is no date that can be read for certain; "
            "write it like 2026-01-15 or 2026-01-15T09:30:00+09:00"
        ) from None
    if placeholder:
        raise ValueError(f"{written[:60]!r} stands for no date at all")
    return moment


def _parse(written: str) -> datetime:
    if _RFC_5322.fullmatch(written):
        return parsedate_to_datetime(written)
    if not _ISO_8601.fullmatch(written):
        raise ValueError("neither ISO 8601 nor RFC 5322")
    iso = _SPACED_OFFSET.sub("", _SPELLED_UTC.sub("+00:00", written))
    return datetime.fromisoformat(iso)
