"""How dates are read: strictly, and with their offset."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.loaders.dates import parse_date

TOKYO = timezone(timedelta(hours=9))
NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-15", datetime(2026, 1, 15, tzinfo=UTC)),
        ("20260115", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-W03-4", datetime(2026, 1, 15, tzinfo=UTC)),
        ("20260115T093000Z", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15t09:30:00Z", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15T09:30:00Z", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15T09:30:00", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15T09:30:00.5+09:00", datetime(2026, 1, 15, 9, 30, 0, 500_000, TOKYO)),
        ("2026-01-15 09:30:00 +0900", datetime(2026, 1, 15, 9, 30, tzinfo=TOKYO)),
        ("2026-01-15 09:30:00 UTC", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("  2026-01-15  ", datetime(2026, 1, 15, tzinfo=UTC)),
        ("Thu, 15 Jan 2026 09:30:00 +0900", datetime(2026, 1, 15, 9, 30, tzinfo=TOKYO)),
        ("15 Jan 2026 09:30 EST", datetime(2026, 1, 15, 9, 30, tzinfo=NEW_YORK)),
        ("Thu, 15 Jan 2026 09:30:00 GMT", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("Thu, 15 Jan 2026 09:30:00 -0000", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_date_keeps_its_moment_and_its_offset(written: str, moment: datetime) -> None:
    parsed = parse_date(written)

    assert parsed == moment
    assert parsed.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2026",
        "3.4.2026",
        "26-01-15",
        "January 2026",
        "yesterday",
        "1768435200",
        "1712111230959",
        "20260115093000",
        "202601151230",
        "2026-01-15x09:30",
        "2026-01-15-09:30",
        "2026-W03",
        "2026-02-30",
        "2026-13-01",
        "2026-01",
        "Thu, 15 Jan 26 09:30:00 GMT",
        "Thu, 15 Jan 2026 09:30:00 JST",
        "Thu, 32 Jan 2026 09:30:00 GMT",
        "",
    ],
)
def test_what_could_mean_two_days_or_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no date that can be read for certain"):
        parse_date(written)


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-05:00"])
def test_a_moment_that_has_no_utc_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no date that can be read for certain"):
        parse_date(written)


def test_the_zero_date_of_other_systems_is_no_date() -> None:
    with pytest.raises(ValueError, match="stands for no date"):
        parse_date("0001-01-01T00:00:00Z")


@given(st.datetimes(min_value=datetime(1605, 1, 1), timezones=st.just(TOKYO)))
def test_every_date_python_writes_is_read_back(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == moment


@given(st.text())
def test_any_other_text_is_a_date_or_a_value_error(written: str) -> None:
    with suppress(ValueError):
        assert parse_date(written).tzinfo is not None
