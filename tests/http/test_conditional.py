"""Entity tags: what is asked again and has not changed is not sent, nor looked for, again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.app import build
from api.search.rerankers.base import RerankerFailed
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import (
    ARTICLES,
    DEFENCE,
    FLOOD,
    METHOD,
    HashingEncoder,
    go_on,
    publish,
    searcher_over,
)

ASKED = "/search?q=island&source=Meridian%20Wire&source=Harbour%20Post&from=2026-01-01"


def tag(client: FlaskClient, url: str) -> str:
    return client.get(url).headers["ETag"]


def test_the_tag_is_weak_and_asks_to_be_checked(client: FlaskClient) -> None:
    headers = client.get(ASKED).headers
    assert headers["ETag"].startswith('W/"')
    assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "same",
    [
        ASKED,
        "/search?source=Harbour%20Post&from=2026-01-01&source=Meridian%20Wire&q=island",
        ASKED + "&limit=10&mode=hybrid&source=Harbour%20Post",
        ASKED + "&collapse=none&sort=relevance&include_weak=false&explain=false",
        ASKED.replace("2026-01-01", "2026-01-01T09:00:00%2B09:00"),
    ],
)
def test_the_same_question_has_the_same_tag_however_it_is_written(
    client: FlaskClient, same: str
) -> None:
    assert tag(client, same) == tag(client, ASKED)


def test_a_body_has_the_tag_of_the_same_question_in_a_url(client: FlaskClient) -> None:
    body = {
        "query": "island",
        "from": "2026-01-01",
        "source": ["Harbour Post", "Meridian Wire"],
    }
    assert client.post("/search", json=body).headers["ETag"] == tag(client, ASKED)


@pytest.mark.parametrize(
    "other",
    [
        ASKED.replace("island", "islands"),
        ASKED + "&limit=9",
        ASKED + "&mode=dense",
        ASKED + "&to=2026-02-01",
        ASKED.replace("&source", "&exclude_source"),
        ASKED + "&min_relevance=0.1",
        ASKED + "&include_weak=true",
        ASKED + "&collapse=article",
        ASKED + "&sort=newest",
        ASKED + "&recency_half_life=7d",
        ASKED + "&facets=source",
        ASKED + "&explain=true",
    ],
)
def test_another_question_has_another_tag(client: FlaskClient, other: str) -> None:
    assert tag(client, other) != tag(client, ASKED)


def test_a_known_answer_is_not_searched_for_again(
    client: FlaskClient, encoder: HashingEncoder
) -> None:
    known = tag(client, ASKED)
    before = encoder.queries
    response = client.get(ASKED, headers={"If-None-Match": f'"other", {known}'})
    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == known
    assert encoder.queries == before


def test_a_strong_spelling_of_the_tag_is_good_enough(client: FlaskClient) -> None:
    known = tag(client, ASKED).removeprefix("W/")
    assert client.get(ASKED, headers={"If-None-Match": known}).status_code == 304


def test_a_body_can_be_conditional_too(client: FlaskClient) -> None:
    known = client.post("/search", json={"query": "river"}).headers["ETag"]
    response = client.post("/search", json={"query": "river"}, headers={"If-None-Match": known})
    assert response.status_code == 304


def test_the_order_of_facets_makes_no_other_question(client: FlaskClient) -> None:
    assert tag(client, f"{ASKED}&facets=source&facets=month") == tag(
        client, f"{ASKED}&facets=month&facets=source&facets=month"
    )


def test_another_method_has_other_tags(waiting: FlaskClient, index: LocalEngine) -> None:
    publish(index, *ARTICLES)
    other = replace(METHOD, fusion="rrf")
    fused = build(ApiSettings(), searcher_over(index, other)).test_client()
    assert tag(fused, ASKED) != tag(waiting, ASKED)


class Failing:
    """A reranker that is never there."""

    name = "failing"

    def scores(self, query: str, passages: Sequence[str], deadline: float) -> list[float]:  # noqa: ARG002 (the protocol names them)
        raise RerankerFailed("Out of order.")


def test_an_answer_that_lacks_something_is_not_to_be_kept(index: LocalEngine) -> None:
    publish(index, *ARTICLES)
    method = replace(METHOD, reranker=Failing())
    response = build(ApiSettings(), searcher_over(index, method)).test_client().get(ASKED)
    assert response.get_json()["degraded"] == ["reranker"]
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


def test_a_wrong_request_is_refused_whatever_the_client_has(client: FlaskClient) -> None:
    assert client.get("/search?q=", headers={"If-None-Match": "*"}).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/articles/none",
        "/articles/none/similar",
        "/passages/none%230/similar",
    ],
)
def test_what_is_not_there_is_not_found_whatever_the_client_has(
    client: FlaskClient, address: str
) -> None:
    assert client.get(address, headers={"If-None-Match": "*"}).status_code == 404


def test_an_answer_that_cannot_be_given_is_refused_whatever_the_client_has(
    index: LocalEngine,
) -> None:
    publish(index, *ARTICLES)
    method = replace(METHOD, weights=replace(METHOD.weights, model="of another"))
    client = build(ApiSettings(), searcher_over(index, method)).test_client()
    response = client.get(f"{ASKED}&min_relevance=0.1", headers={"If-None-Match": "*"})
    assert response.get_json()["type"] == "urn:dateline:problem:not-calibrated"


@pytest.mark.parametrize(
    "address",
    [
        ASKED,
        f"{ASKED}&format=anthropic",
        f"/articles/{DEFENCE.id}",
        f"/articles/{DEFENCE.id}/similar?limit=1",
        f"/passages/{DEFENCE.id}%230/similar",
    ],
)
def test_whatever_there_is_has_not_changed_for_a_client_that_has_anything(
    client: FlaskClient, address: str
) -> None:
    response = client.get(address, headers={"If-None-Match": "*"})
    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == tag(client, address)


def test_a_new_generation_has_new_tags(waiting: FlaskClient, index: LocalEngine) -> None:
    publish(index, DEFENCE)
    known = tag(waiting, ASKED)
    publish(index, FLOOD)
    go_on(waiting)
    response = waiting.get(ASKED, headers={"If-None-Match": known})
    assert response.status_code == 200
    assert response.headers["ETag"] != known


def test_an_article_keeps_its_tag_until_it_changes(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    publish(index, DEFENCE)
    known = tag(waiting, f"/articles/{DEFENCE.id}")
    publish(index, FLOOD)
    go_on(waiting)
    again = waiting.get(f"/articles/{DEFENCE.id}", headers={"If-None-Match": known})
    assert (again.status_code, again.data) == (304, b"")
    assert tag(waiting, f"/articles/{FLOOD.id}") != known
