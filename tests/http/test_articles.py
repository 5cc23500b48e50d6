"""`/articles`: what is in the index."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from indexer.engines.local import LocalEngine
from tests.http.newsroom import DEFENCE, FLOOD, HEADLESS, ISLANDS, publish


def listed(client: FlaskClient, query_string: str = "") -> list[str]:
    body = client.get(f"/articles?{query_string}").get_json()
    return [article["id"] for article in body["articles"]]


def test_an_article_is_shown_in_full(client: FlaskClient) -> None:
    assert client.get(f"/articles/{DEFENCE.id}").get_json() == {
        "id": "wire/0412-defence",
        "title": "Defence chiefs weigh island deployments",
        "source": "Meridian Wire",
        "authors": ["Ana Ruiz", "Ken Mori"],
        "url": "https://meridian.example/0412",
        "published_at": "2026-01-15T18:20:00+00:00",
        "section": "World",
        "language": "en",
        "updated_at": "2026-01-15T20:05:00+00:00",
        "dateline": "WASHINGTON, Jan 15",
        "title_inferred": False,
        "metadata": {"keywords": ["defence", "islands"]},
        "citation": "“Defence chiefs weigh island deployments”, Meridian Wire, "
        "15 January 2026, https://meridian.example/0412",
        "text": DEFENCE.text,
    }


def test_what_is_not_known_is_null(client: FlaskClient) -> None:
    article = client.get("/articles/leaflet").get_json()
    unknown = ("source", "url", "published_at", "updated_at", "section", "language", "dateline")
    assert [article[name] for name in unknown] == [None] * len(unknown)
    assert article["authors"] == []
    assert article["title_inferred"] is True
    assert article["citation"] == "“A leaflet with no name on it”, unknown source, undated"


@pytest.mark.parametrize(
    "path",
    [
        "https://harbour.example/2026/islands%3Fid=7",
        "https%3A%2F%2Fharbour.example%2F2026%2Fislands%3Fid%3D7",
    ],
)
def test_an_id_may_be_an_address(client: FlaskClient, path: str) -> None:
    assert client.get(f"/articles/{path}").get_json()["id"] == ISLANDS.id


@pytest.mark.parametrize("path", ["/2026/flood", "%2F2026%2Fflood"])
def test_an_id_may_begin_with_a_slash(waiting: FlaskClient, index: LocalEngine, path: str) -> None:
    publish(index, replace(FLOOD, id="/2026/flood"))
    assert waiting.get(f"/articles/{path}").get_json()["id"] == "/2026/flood"


@pytest.mark.parametrize("article_id", ["two\nlines", "a/similar", "/similar", "similar", "a//b/"])
def test_an_article_of_any_id_can_be_read(
    waiting: FlaskClient, index: LocalEngine, article_id: str
) -> None:
    publish(index, replace(FLOOD, id="a"), replace(FLOOD, id=article_id))
    assert waiting.get(f"/articles/{quote(article_id)}").get_json()["id"] == article_id


def test_articles_are_listed_newest_first_and_undated_ones_last(client: FlaskClient) -> None:
    assert listed(client) == [FLOOD.id, ISLANDS.id, DEFENCE.id, HEADLESS.id]


def test_a_listing_says_how_many_there_are_and_leaves_the_texts_out(client: FlaskClient) -> None:
    body = client.get("/articles?section=World&limit=1").get_json()
    assert list(body) == ["generation", "total", "articles", "next_cursor"]
    assert body["total"] == {"value": 2, "relation": "eq"}
    (article,) = body["articles"]
    assert "text" not in article
    assert article["citation"] == "“River is over its banks”, Meridian Wire, 17 January 2026"


def test_a_listing_is_filtered_as_a_search_is(client: FlaskClient) -> None:
    assert listed(client, "source=meridian%20wire&to=2026-01-16") == [DEFENCE.id]
    assert listed(client, "language=en&exclude_source=Meridian%20Wire") == [ISLANDS.id]


def test_a_listing_goes_on_where_the_page_before_ended(client: FlaskClient) -> None:
    first = client.get("/articles?limit=3").get_json()
    rest = client.get(f"/articles?limit=3&cursor={first['next_cursor']}").get_json()
    assert [article["id"] for article in rest["articles"]] == [HEADLESS.id]
    assert rest["next_cursor"] is None


def test_a_cursor_of_another_listing_is_refused(client: FlaskClient) -> None:
    cursor = client.get("/articles?limit=1").get_json()["next_cursor"]
    response = client.get(f"/articles?limit=1&section=World&cursor={cursor}")
    assert response.get_json()["type"] == "urn:dateline:problem:bad-cursor"
