"""`/search`: what is asked and what is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from api.arguments import ArgumentsParser
from api.schemas.query import SearchBody, SearchParameters
from api.search.query import Query
from indexer.engines.base import Filters
from tests.http.newsroom import DEFENCE, FLOOD, ISLANDS

ISLAND_QUESTION = "Nansei island chain deployments"


def hits(client: FlaskClient, **parameters: object) -> list[dict[str, Any]]:
    response = client.get("/search", query_string={"q": ISLAND_QUESTION, **parameters})
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.get_json()["hits"]
    return found


def read(app: Flask, query_string: str) -> Query:
    with app.test_request_context(f"/search?{query_string}"):
        query: Query
        query, _ = ArgumentsParser().parse(SearchParameters(), request, location="query")
    return query


def test_a_question_gets_its_ranking_in_the_documented_shape(client: FlaskClient) -> None:
    response = client.get("/search", query_string={"q": ISLAND_QUESTION, "limit": 1})
    body = response.get_json()
    assert response.mimetype == "application/json"
    assert list(body) == [
        *("query", "generation", "took_ms", "answerable", "reason", "exact", "degraded"),
        *("total", "hits", "next_cursor"),
    ]
    assert body["query"] == ISLAND_QUESTION
    assert body["generation"].startswith("000001-")
    assert body["took_ms"] > 0
    assert (body["answerable"], body["reason"], body["degraded"]) == (True, None, [])
    assert body["total"] == {"value": 8, "relation": "eq"}
    assert 1 < body["hits"][0].pop("score") < 2.4
    assert 0.9 < body["hits"][0].pop("relevance") < 1
    assert body["hits"] == [
        {
            "rank": 1,
            "passage": {
                "id": "wire/0412-defence#1",
                "text": "Deployments along the Nansei island chain were on the table. "
                "🛰 A drill follows in March.",
                "start": 35,
                "end": 123,
            },
            "highlights": [
                {
                    "start": 35,
                    "end": 95,
                    "text": "Deployments along the Nansei island chain were on the table.",
                }
            ],
            "article": {
                "id": "wire/0412-defence",
                "title": "Defence chiefs weigh island deployments",
                "source": "Meridian Wire",
                "authors": ["Ana Ruiz", "Ken Mori"],
                "url": "https://meridian.example/0412",
                "published_at": "2026-01-15T18:20:00+00:00",
                "section": "World",
                "language": "en",
            },
            "citation": "“Defence chiefs weigh island deployments”, Meridian Wire, "
            "15 January 2026, https://meridian.example/0412",
        }
    ]


def test_a_body_is_answered_as_the_url_is(client: FlaskClient) -> None:
    by_url = client.get("/search", query_string={"q": ISLAND_QUESTION, "limit": 3}).get_json()
    by_body = client.post("/search", json={"query": ISLAND_QUESTION, "limit": 3}).get_json()
    assert by_url.pop("took_ms") > 0
    assert by_body.pop("took_ms") > 0
    assert by_body == by_url


def test_the_offsets_of_a_hit_point_into_the_text_of_its_article(client: FlaskClient) -> None:
    for hit in hits(client):
        article = client.get(f"/articles/{hit['article']['id'].replace('?', '%3F')}").get_json()
        passage = hit["passage"]
        assert article["text"][passage["start"] : passage["end"]] == passage["text"]


def test_the_highlights_of_a_hit_point_into_its_passage(client: FlaskClient) -> None:
    for hit in hits(client, include_weak="true"):
        passage = hit["passage"]
        assert hit["highlights"]
        for found in hit["highlights"]:
            assert passage["start"] <= found["start"] < found["end"] <= passage["end"]
            inside = slice(found["start"] - passage["start"], found["end"] - passage["start"])
            assert passage["text"][inside] == found["text"]


def test_text_beyond_ascii_is_sent_as_it_is(client: FlaskClient) -> None:
    assert "🛰".encode() in client.get("/search?q=drill").data


def test_pages_follow_one_another_without_gap_or_repeat(client: FlaskClient) -> None:
    whole = [hit["passage"]["id"] for hit in hits(client, limit=100)]
    pages, cursor = [], None
    while True:
        parameters = {"q": ISLAND_QUESTION, "limit": 3, **({"cursor": cursor} if cursor else {})}
        page = client.get("/search", query_string=parameters).get_json()
        pages += [(hit["rank"], hit["passage"]["id"]) for hit in page["hits"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == list(enumerate(whole, start=1))


def test_a_cursor_holds_whatever_the_order_of_the_values_of_a_filter(client: FlaskClient) -> None:
    question = f"/search?q={quote(ISLAND_QUESTION)}&limit=1"
    first = client.get(f"{question}&language=en&language=ja&language=en").get_json()
    again = client.get(f"{question}&language=ja&language=en&cursor={first['next_cursor']}")
    assert again.status_code == 200


def test_a_cursor_of_a_url_goes_on_in_a_body(client: FlaskClient) -> None:
    first = client.get("/search", query_string={"q": ISLAND_QUESTION, "limit": 2}).get_json()
    body = {"query": ISLAND_QUESTION, "limit": 2, "cursor": first["next_cursor"]}
    assert client.post("/search", json=body).get_json()["hits"][0]["rank"] == 3


def test_every_url_parameter_reaches_the_query_exactly(app: Flask) -> None:
    query = read(
        app,
        "q=%20Nansei%00chain%20&mode=dense&source=Wire&source=Post&exclude_source=Star"
        "&section=World&section=Asia&language=en&author=Ana%20Ruiz&author=%E6%9D%8E%E6%98%8E"
        "&article_id=a/b&from=2026-01-15&to=2026-01-16&limit=7&cursor=abc"
        "&min_relevance=.25&include_weak=true&collapse=article&sort=oldest&recency_half_life=1.5w"
        "&facets=author&facets=source&facets=author&explain=true",
    )
    assert query == Query(
        text=" Nansei\0chain ",
        mode="dense",
        filters=Filters(
            source=("Post", "Wire"),
            exclude_source=("Star",),
            section=("Asia", "World"),
            language=("en",),
            author=("Ana Ruiz", "李明"),
            article_id=("a/b",),
            published_from=datetime(2026, 1, 15, tzinfo=UTC),
            published_to=datetime(2026, 1, 16, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        limit=7,
        cursor="abc",
        min_relevance=0.25,
        include_weak=True,
        collapse="article",
        sort="oldest",
        recency_half_life=timedelta(hours=252),
        facets=("source", "author"),
        explain=True,
    )


def test_a_question_alone_is_hybrid_unfiltered_and_ten_long(app: Flask) -> None:
    assert read(app, "q=rain") == Query("rain", "hybrid", Filters(), 10, None)
    assert read(app, "q=rain&include_weak=false&explain=false") == Query("rain")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1h", timedelta(hours=1)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_half_life_is_a_number_of_hours_days_or_weeks(written: str, meant: timedelta) -> None:
    query: Query = SearchBody().load({"query": "rain", "recency_half_life": written})
    assert query.recency_half_life == meant


@pytest.mark.parametrize(("written", "meant"), [(0, 0.0), (1, 1.0), (0.5, 0.5), ("1", 1.0)])
def test_a_least_relevance_may_be_any_plain_number(written: object, meant: float) -> None:
    query: Query = SearchBody().load({"query": "rain", "min_relevance": written})
    assert query.min_relevance == meant


def test_facets_in_a_body_are_a_string_or_an_array() -> None:
    one: Query = SearchBody().load({"query": "rain", "facets": "month"})
    several: Query = SearchBody().load({"query": "rain", "facets": ["month", "section"]})
    assert (one.facets, several.facets) == (("month",), ("section", "month"))


def test_a_filter_in_a_body_is_a_string_or_an_array() -> None:
    one: Query = SearchBody().load({"query": "rain", "source": "Wire", "author": []})
    several: Query = SearchBody().load({"query": "rain", "source": ["Wire", "Post", "Wire"]})
    assert one.filters == Filters(source=("Wire",))
    assert several.filters == Filters(source=("Post", "Wire"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-15", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-01-15T09:30", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15T09:30:00Z", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15T09:30:00+09:00", datetime(2026, 1, 15, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_iso_8601_and_utc_unless_it_says_otherwise(
    written: str, meant: datetime
) -> None:
    query: Query = SearchBody().load({"query": "rain", "from": written})
    assert query.filters.published_from == meant


def test_a_question_may_hold_2048_code_points(client: FlaskClient) -> None:
    assert client.post("/search", json={"query": "島" * 2048}).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"source": "meridian wire"}, {DEFENCE.id, FLOOD.id}),
        ({"source": ["Meridian Wire", "Harbour Post"]}, {DEFENCE.id, FLOOD.id, ISLANDS.id}),
        ({"exclude_source": "Meridian Wire"}, {ISLANDS.id, "leaflet"}),
        ({"section": "Asia"}, {ISLANDS.id}),
        ({"language": "en"}, {DEFENCE.id, FLOOD.id, ISLANDS.id}),
        ({"language": "en-GB"}, {ISLANDS.id}),
        ({"author": "Ken Mori"}, {DEFENCE.id}),
        ({"article_id": ISLANDS.id}, {ISLANDS.id}),
        ({"from": "2026-01-16"}, {FLOOD.id}),
        ({"from": "2026-01-15T23:00:00Z"}, {ISLANDS.id, FLOOD.id}),
        ({"to": "2026-01-17"}, {DEFENCE.id, ISLANDS.id, FLOOD.id}),
        ({"to": "2026-01-17T23:58:59Z"}, {DEFENCE.id, ISLANDS.id}),
        ({"source": "Meridian Wire", "to": "2026-01-16"}, {DEFENCE.id}),
        ({"source": "nobody"}, set()),
    ],
)
def test_only_articles_that_pass_the_filters_answer(
    client: FlaskClient, parameters: dict[str, object], expected: set[str]
) -> None:
    found = hits(client, include_weak="true", **parameters)
    assert {hit["article"]["id"] for hit in found} == expected


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_mode_finds_the_islands_first(client: FlaskClient, mode: str) -> None:
    assert hits(client, mode=mode)[0]["article"]["id"] == DEFENCE.id


def test_head_is_get_without_the_body(client: FlaskClient) -> None:
    response = client.head("/search?q=rain")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == client.get("/search?q=rain").headers["ETag"]


def test_options_names_the_methods(client: FlaskClient) -> None:
    allowed = client.options("/search").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
