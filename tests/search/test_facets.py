"""Facets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from api.search.facets import count_facets
from api.search.query import FacetCount
from indexer.documents import Article

TOKYO = timezone(timedelta(hours=9))
WIRE = Article(
    id="a",
    title="",
    text="",
    source="Meridian Wire",
    authors=("Ana Ruiz", "Ken Mori"),
    language="en",
    published_at=datetime(2026, 2, 1, 8, tzinfo=TOKYO),
)
POST = Article("b", "", "", source="Harbour Post", published_at=datetime(2026, 1, 9, tzinfo=UTC))


def test_values_are_counted_once_a_hit_most_frequent_first_then_by_name() -> None:
    counted = count_facets(("source",), [POST, WIRE, WIRE])
    assert counted == {"source": (FacetCount("Meridian Wire", 2), FacetCount("Harbour Post", 1))}
    tied = count_facets(("source",), [WIRE, POST])
    assert [count.value for count in tied["source"]] == ["Harbour Post", "Meridian Wire"]


def test_months_are_those_of_utc() -> None:
    assert count_facets(("month",), [WIRE, POST]) == {"month": (FacetCount("2026-01", 2),)}


def test_every_author_of_an_article_counts() -> None:
    assert count_facets(("author",), [WIRE]) == {
        "author": (FacetCount("Ana Ruiz", 1), FacetCount("Ken Mori", 1))
    }


def test_an_article_without_a_value_is_not_counted() -> None:
    nameless = replace(POST, source=None, published_at=None)
    counted = count_facets(("source", "section", "language", "month", "author"), [nameless])
    assert set(counted.values()) == {()}
