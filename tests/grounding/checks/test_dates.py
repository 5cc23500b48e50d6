"""Dates: read however they are written, and followed from the day an article appeared."""

from __future__ import annotations

from datetime import date

import pytest

from api.grounding.checks.dates import check
from api.grounding.checks.days import days
from api.grounding.checks.finding import Finding, Ground

THURSDAY = date(2026, 1, 15)


def findings(claim: str, source: str, published: date | None = THURSDAY) -> list[Finding]:
    ground = Ground(source, source, (published,) if published else ())
    return list(check(days(claim), claim, ground))


@pytest.mark.parametrize(
    "text",
    [
        "15 January 2026",
        "January 15, 2026",
        "Jan. 15, 2026",
        "2026-01-15",
        "15. Januar 2026",
        "15.01.2026",
        "15 janvier 2026",
        "01/15/2026",
        "2026年1月15日",
        "二〇二六年一月十五日",
        "the 15th of January 2026",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    [day] = days(text)
    assert (day.year, day.month, day.day) == (2026, 1, 15)


@pytest.mark.parametrize(
    "text", ["It may rain.", "They march on.", "Mars is red.", "The Sun rose."]
)
def test_a_word_that_is_also_a_month_or_a_weekday_is_none(text: str) -> None:
    assert days(text) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("on 15 January 2026", "on January 15, 2026"),
        ("on 2026-01-15", "on Jan 15"),
        ("on Thursday", "on Thursday"),
        ("on January 15", "on Thursday"),
        ("on Thursday, January 15, 2026", "on Thursday"),
        ("on Saturday, January 17", "will fly home on Saturday"),
        ("on Thursday", "It rained."),
        ("am Donnerstag", "on Thursday"),
    ],
)
def test_the_same_day_is_no_finding(claim: str, source: str) -> None:
    assert findings(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("on 16 January 2026", "on January 15, 2026"),
        ("on January 15, 2024", "on Jan 15"),
        ("on Friday", "on Thursday"),
        ("until May", "until April"),
        ("on Friday", "HOUSTON, Jan 15: it landed on Thursday"),
        ("in February 2027", "in March 2027"),
    ],
)
def test_another_day_conflicts(claim: str, source: str) -> None:
    [found] = findings(claim, source)
    assert found.conflicts


def test_a_weekday_follows_only_from_when_the_article_appeared() -> None:
    [found] = findings("on January 15", "on Thursday", published=None)
    assert found == Finding("The date January 15 is not in the source.")


def test_what_the_source_has_instead_is_told() -> None:
    [found] = findings("on Friday", "on Thursday")
    assert found.problem == "The date Friday is not in the source, which has Thursday."
