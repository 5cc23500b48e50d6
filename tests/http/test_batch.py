"""Several queries in one body: one answer each, in order, from one generation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import build
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import (
    DEFENCE,
    FLOOD,
    ISLANDS,
    HashingEncoder,
    go_on,
    publish,
    searcher_over,
)
from tests.http.problems import assert_problem, invalid


def ask(client: FlaskClient, body: dict[str, object]) -> list[dict[str, Any]]:
    response = client.post("/search", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    assert list(answer) == ["results"]
    results: list[dict[str, Any]] = answer["results"]
    return results


def alone(client: FlaskClient, body: dict[str, object]) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/search", json=body).get_json()
    return answer


def test_each_query_is_answered_as_it_would_be_alone_and_in_order(client: FlaskClient) -> None:
    queries: list[Any] = [
        "island deployments",
        {"query": "river", "limit": 1, "explain": True, "facets": "source"},
        {"query": "leaflet", "mode": "lexical", "collapse": "article"},
        "zyzzyva",
    ]
    results = ask(client, {"queries": queries})
    for result, query in zip(results, queries, strict=True):
        single = alone(client, {"query": query} if isinstance(query, str) else query)
        assert result.pop("took_ms") > 0
        assert single.pop("took_ms") > 0
        assert result == single


def test_all_are_encoded_together(client: FlaskClient, encoder: HashingEncoder) -> None:
    before = encoder.queries
    ask(client, {"queries": ["rain", {"query": "sun", "mode": "dense"}, "snow"]})
    assert encoder.queries == before + 1


def test_what_stands_beside_the_queries_holds_for_those_that_do_not_say_otherwise(
    client: FlaskClient,
) -> None:
    beside = {"limit": 1, "include_weak": True, "source": "Meridian Wire", "facets": "source"}
    queries = ["rain", {"query": "rain", "limit": 2, "source": "Harbour Post"}]
    first, second = ask(client, {"queries": queries, **beside})
    assert [len(first["hits"]), len(second["hits"])] == [1, 2]
    assert [entry["value"] for entry in first["facets"]["source"]] == ["Meridian Wire"]
    assert [entry["value"] for entry in second["facets"]["source"]] == ["Harbour Post"]


def test_every_query_has_its_own_cursor(client: FlaskClient) -> None:
    body: dict[str, Any] = {"include_weak": True, "limit": 3}
    first, second = ask(client, {"queries": ["rain", "sun"], **body})
    queries = [
        {"query": "rain", "cursor": first["next_cursor"]},
        {"query": "sun", "cursor": second["next_cursor"]},
    ]
    assert [answer["hits"][0]["rank"] for answer in ask(client, {"queries": queries, **body})] == [
        *(4, 4)
    ]


@pytest.mark.parametrize("queries", [[], ["rain"] * 33, "rain", None, {"query": "rain"}, 7])
def test_there_are_1_to_32_queries(client: FlaskClient, queries: object) -> None:
    (error,) = invalid(client.post("/search", json={"queries": queries}))
    assert error["pointer"] == "#/queries"


def test_32_queries_are_answered(client: FlaskClient) -> None:
    assert len(ask(client, {"queries": ["rain"] * 32})) == 32


@pytest.mark.parametrize(
    ("entry", "pointer", "detail"),
    [
        ({"query": "rain", "limit": 0}, "#/queries/1/limit", "Must be from 1 to 100."),
        ({"query": "rain", "from": "soon"}, "#/queries/1/from", "Must be an ISO 8601 date"),
        ({"query": "rain", "source": ["a", 3]}, "#/queries/1/source/1", "Must be a string."),
        ({"limit": 3}, "#/queries/1/query", "Is required."),
        ("", "#/queries/1/query", "Must not be empty."),
        (7, "#/queries/1", "Must be a question, or an object of parameters."),
        (None, "#/queries/1", "Must not be null"),
        (["rain"], "#/queries/1", "Must be a question, or an object of parameters."),
        ({"query": "rain", "queries": []}, "#/queries/1/queries", "Is not a parameter here."),
        (
            {"query": "rain", "limi/t": 1},
            "#/queries/1/limi~1t",
            "Is not a parameter here. Did you mean `limit`? There are: article_id, author,",
        ),
    ],
)
def test_an_error_names_its_entry(
    client: FlaskClient, entry: object, pointer: str, detail: str
) -> None:
    (error,) = invalid(client.post("/search", json={"queries": ["sun", entry]}))
    assert error["pointer"] == pointer
    assert error["detail"].startswith(detail)


def test_what_is_wrong_beside_the_queries_is_named_once(client: FlaskClient) -> None:
    body = {"queries": ["rain", "sun"], "limit": 0, "from": "2026-01-02", "to": "2026-01-01"}
    errors = invalid(client.post("/search", json=body))
    assert sorted(error["pointer"] for error in errors) == ["#/limit", "#/to"]


def test_an_entry_must_agree_with_what_stands_beside(client: FlaskClient) -> None:
    queries = ["sun", {"query": "rain", "from": "2026-01-02"}]
    body = {"queries": queries, "to": "2026-01-01"}
    assert invalid(client.post("/search", json=body)) == [
        {"pointer": "#/queries/1/to", "detail": "Must not be before `from`."}
    ]


def test_one_query_and_several_cannot_be_asked_at_once(client: FlaskClient) -> None:
    response = client.post("/search", json={"query": "rain", "queries": ["sun"]})
    assert invalid(response) == [
        {"pointer": "#/query", "detail": "Give either `query` or `queries`, not both."}
    ]


def test_a_cursor_cannot_hold_for_all(client: FlaskClient) -> None:
    (error,) = invalid(client.post("/search", json={"queries": ["rain"], "cursor": "abc"}))
    assert error["pointer"] == "#/cursor"
    assert error["detail"].startswith("Is not a parameter here.")


def test_a_cursor_of_another_question_is_refused_by_its_entry(client: FlaskClient) -> None:
    (rain,) = ask(client, {"queries": ["rain"], "include_weak": True, "limit": 1})
    queries = ["sun", {"query": "sun", "cursor": rain["next_cursor"]}]
    problem = assert_problem(client.post("/search", json={"queries": queries}), 400, "bad-cursor")
    assert [error["pointer"] for error in problem["errors"]] == ["#/queries/1/cursor"]


def test_each_page_of_a_batch_comes_from_the_generation_of_its_cursor(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    pages = []
    for articles in ((DEFENCE,), (FLOOD,), (ISLANDS,)):
        generation = publish(index, *articles)
        go_on(waiting)
        (first,) = ask(waiting, {"queries": ["island"], "include_weak": True, "limit": 1})
        assert first["generation"] == generation
        pages.append({"query": "island", "cursor": first["next_cursor"]})
    pages.append({"query": "island"})
    together = ask(waiting, {"queries": pages[::-1], "include_weak": True, "limit": 1})
    alone = [ask(waiting, {"queries": [page], "include_weak": True, "limit": 1}) for page in pages]
    assert len({page["generation"] for page in together}) == 3
    assert together[0]["generation"] == together[1]["generation"] == generation
    assert [page["hits"] for page in together[::-1]] == [page["hits"] for (page,) in alone]


def test_a_cursor_into_a_generation_that_is_gone_has_its_entry_named(
    waiting: FlaskClient, index: LocalEngine, tmp_path: Path
) -> None:
    before = publish(index, DEFENCE)
    (found,) = ask(waiting, {"queries": ["island"], "include_weak": True, "limit": 1})
    publish(index, FLOOD)
    shutil.rmtree(tmp_path / "index" / "generations" / before)
    later = build(ApiSettings(), searcher_over(index)).test_client()
    queries = ["sun", {"query": "island", "cursor": found["next_cursor"], "include_weak": True}]
    problem = assert_problem(later.post("/search", json={"queries": queries}), 410, "stale-cursor")
    assert [error["pointer"] for error in problem["errors"]] == ["#/queries/1/cursor"]


def test_a_batch_has_a_tag_by_all_its_queries_in_their_order(client: FlaskClient) -> None:
    def tag(*queries: object, **beside: object) -> str:
        return client.post("/search", json={"queries": queries, **beside}).headers["ETag"]

    known = tag("rain", "sun")
    assert tag({"query": "rain"}, {"query": "sun", "limit": 10}) == known
    others = {tag("sun", "rain"), tag("rain"), tag("rain", "sun", limit=3)}
    assert known not in others
    assert client.post("/search", json={"query": "rain"}).headers["ETag"] not in others


def test_a_known_batch_is_not_searched_for_again(
    client: FlaskClient, encoder: HashingEncoder
) -> None:
    body = {"queries": ["rain", "sun"]}
    known = client.post("/search", json=body).headers["ETag"]
    before = encoder.queries
    response = client.post("/search", json=body, headers={"If-None-Match": known})
    assert (response.status_code, encoder.queries) == (304, before)
