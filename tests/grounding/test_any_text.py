"""Checks read whatever an answer or an article may hold, and are done in time."""

from __future__ import annotations

from datetime import MAXYEAR, UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.grounding.checks import Ground, findings
from api.grounding.checks.days import days
from api.grounding.checks.figures import figures
from api.grounding.sources import Source
from api.grounding.verdict import Cited
from indexer.documents import Article, Span

# What numbers and dates are made of in one language or another, and a word between.
WORDS = ["million ", "twelve ", "hundert ", "and ", "May ", "Monday ", "st ", "per cent ", "not "]
SIGNS = "0123456789.,-/ %$€½²①٣１十百千〇一二三年月日万億\ud83d"
PIECES = st.sampled_from([*SIGNS, *WORDS, "about ", "ferry ", "Paris "])
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40)
PUBLISHED = date(2026, 1, 15)


@settings(max_examples=400)
@given(claim=TEXTS, evidence=TEXTS, language=st.sampled_from([None, "en", "de-AT", "ja"]))
def test_any_claim_is_held_against_any_evidence(
    claim: str, evidence: str, language: str | None
) -> None:
    ground = Ground(evidence, evidence, (PUBLISHED,), language)
    assert all(found.problem for found in findings(claim, (claim,), ground))


@pytest.mark.parametrize("sign", ["二", "十", "千", "1.", "9,"])
def test_a_number_of_thousands_of_digits_is_a_number(sign: str) -> None:
    [figure] = figures(sign * 5000)
    assert all(value >= 0 for value in figure.values)


def test_a_million_millions_and_so_on_end_somewhere() -> None:
    assert figures("5 " + "million " * 50_000)


@pytest.mark.parametrize(
    ("text", "month", "day"),
    [
        ("十月十日", 10, 10),
        ("十二月三十一日", 12, 31),
        ("二月二日", 2, 2),
        ("十一月二十日", 11, 20),
    ],
)
def test_dates_in_kanji_are_read(text: str, month: int, day: int) -> None:
    [found] = days(text)
    assert (found.month, found.day) == (month, day)


@pytest.mark.parametrize("text", ["十十月十日", "二十三四月一日", "一二三月", "十" * 20_000])
def test_what_only_looks_like_a_date_in_kanji_does_no_harm(text: str) -> None:
    assert all(1 <= (found.month or 1) <= 12 for found in days(text))


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))),
        datetime(MAXYEAR, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9))),
    ],
)
def test_an_article_from_the_end_of_the_calendar_tells_no_day(moment: datetime) -> None:
    article = Article("a", "A title", "A ferry left.", published_at=moment)
    source = Source(Cited(article, Span(0, 13)), (), np.empty((0, 4), np.float32))
    assert source.published == ()


def test_tables_of_numbers_and_names_are_held_against_each_other_in_time() -> None:
    claim = ", ".join(map(str, range(3000))) + " by " + " and ".join(f"Aa{n}" for n in range(1000))
    evidence = " ".join(f"{n} Bb{n}," for n in range(10_000, 20_000))
    ground = Ground(evidence, evidence, (PUBLISHED,), "en")
    assert len(findings(claim, (), ground)) > 2000


def test_a_word_that_is_a_month_or_none_is_told_by_what_stands_near_it() -> None:
    assert not days("may " * 20_000)
    assert [day.month for day in days("may " * 20_000 + "in May")] == [5]
