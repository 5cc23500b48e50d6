"""Recency, against arithmetic done by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.search.recency import asked_half_life, factors, reference, without_asking
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard, timestamp

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latest on the Nansei deployments", WEEK),
        ("What happened in Brussels this week?", timedelta(days=4)),
        ("neueste Zahlen zur Inflation", WEEK),
        ("heute in Berlin", timedelta(days=1)),
        ("Breaking news: quake", timedelta(days=1)),
        ("Latest on the quake", WEEK),
        ("USA Today circulation", None),
        ("Heute-Show Quoten", None),
        ("a record-breaking ferry", None),
        ("Nansei island chain deployments", None),
        ("the translatest thing", None),
    ],
)
def test_a_question_may_ask_for_the_new_by_its_words(text: str, expected: timedelta | None) -> None:
    assert asked_half_life(text) == expected


def test_words_that_ask_for_the_new_are_not_what_is_asked_about() -> None:
    assert without_asking("the latest news on the cyclone").split() == ["on", "the", "cyclone"]
    assert without_asking("neueste Nachrichten vom Rhein").split() == ["vom", "Rhein"]


def test_half_of_the_share_is_lost_at_the_half_life_and_two_thirds_at_twice_that() -> None:
    published = [NOW, NOW - WEEK, NOW - 2 * WEEK, None]
    assert factors(published, NOW, WEEK) == pytest.approx([1, 0.7 + 0.15, 0.7 + 0.1, 0.7])


def test_an_article_newer_than_the_reference_is_as_good_as_new() -> None:
    assert factors([NOW + WEEK], NOW, WEEK) == pytest.approx([1])


def manifest(latest: datetime | None) -> Manifest:
    """One of an index built at NOW whose newest article is of this date."""
    model, chunking = ModelCard("words", "a" * 64, 4), ChunkingCard(64, 0)
    newest = timestamp(latest)
    return Manifest("000001-x", NOW.isoformat(), model, chunking, 1, 1, latest=newest)


def test_ages_count_from_the_newest_article() -> None:
    assert reference(manifest(NOW - 2 * WEEK)) == NOW - 2 * WEEK


def test_articles_dated_in_the_future_do_not_make_the_others_old() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert reference(manifest(datetime(2099, 1, 1, tzinfo=tokyo))) == NOW + timedelta(days=1)


def test_where_nothing_is_dated_ages_count_from_the_building_of_the_index() -> None:
    assert reference(manifest(None)) == NOW + timedelta(days=1)
