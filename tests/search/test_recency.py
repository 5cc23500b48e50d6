"""Recency, against arithmetic done by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.search.recency import asked_half_life, factors, reference

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latest on the Nansei deployments", WEEK),
        ("What happened in Brussels this week?", timedelta(days=4)),
        ("neueste Zahlen zur Inflation", WEEK),
        ("heute in Berlin", timedelta(days=1)),
        ("Breaking: quake", timedelta(days=1)),
        ("Nansei island chain deployments", None),
        ("the translatest thing", None),
    ],
)
def test_a_question_may_ask_for_the_new_by_its_words(text: str, expected: timedelta | None) -> None:
    assert asked_half_life(text) == expected


def test_half_of_the_share_is_lost_with_each_half_life() -> None:
    published = [NOW, NOW - WEEK, NOW - 2 * WEEK, None]
    assert factors(published, NOW, WEEK) == pytest.approx([1, 0.7 + 0.15, 0.7 + 0.075, 0.7])


def test_an_article_newer_than_the_reference_is_as_good_as_new() -> None:
    assert factors([NOW + WEEK], NOW, WEEK) == pytest.approx([1])


def test_ages_count_from_the_newest_article() -> None:
    assert reference(NOW - 2 * WEEK, NOW) == NOW - 2 * WEEK


def test_articles_dated_in_the_future_do_not_make_the_others_old() -> None:
    tokyo = timezone(timedelta(hours=9))
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    assert reference(datetime(2099, 1, 1, tzinfo=tokyo), NOW) == midnight
    assert reference(None, NOW) == midnight
