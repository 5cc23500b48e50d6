"""The external knowledge base of Dify, asked as Dify asks."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.doors.dify_conditions import OPERATORS
from tests.http.newsroom import ARTICLES
from tests.processes import Answer, Server

QUESTION = "Nansei island chain deployments"
DEFENCE, ISLANDS, FLOOD, HEADLESS = (article.id for article in ARTICLES)

CASES: list[tuple[Any, str, Any, set[str]]] = [
    ("source", "is", "meridian wire", {DEFENCE, FLOOD}),
    (["source"], "is not", "Meridian Wire", {ISLANDS, HEADLESS}),
    ("source", "in", ["Harbour Post", "Reuters"], {ISLANDS}),
    ("source", "not in", ["Harbour Post", "Reuters"], {DEFENCE, FLOOD, HEADLESS}),
    ("source", "empty", None, {HEADLESS}),
    ("source", "not empty", None, {DEFENCE, FLOOD, ISLANDS}),
    ("title", "contains", "ISLAND", {DEFENCE, ISLANDS}),
    ("title", "not contains", "island", {FLOOD, HEADLESS}),
    ("title", "start with", "river", {FLOOD}),
    ("title", "end with", "deployments", {DEFENCE, ISLANDS}),
    ("title", "is", "river is over its banks", {FLOOD}),
    (["title", "section"], "contains", "asia", {ISLANDS}),
    (["source", "author"], "not contains", "r", {HEADLESS}),
    ("author", "is", "ken mori", {DEFENCE}),
    ("language", "is", "en", {DEFENCE, FLOOD, ISLANDS}),
    ("published_at", "before", "2026-01-16", {DEFENCE, ISLANDS}),
    ("published_at", "after", "2026-01-15", {FLOOD}),
    ("published_at", "≥", 1768501200, {DEFENCE, FLOOD, ISLANDS}),
    ("published_at", ">", 1768501200, {FLOOD, ISLANDS}),
    ("published_at", "<", 1768518000, {DEFENCE}),
    ("published_at", "≤", 1768518000.0, {DEFENCE, ISLANDS}),
    ("published_at", "=", 1768501200, {DEFENCE}),
    ("published_at", "≠", 1768501200, {FLOOD, ISLANDS, HEADLESS}),
    ("published_at", "is", "2026-01-15", {DEFENCE, ISLANDS}),
    ("published_at", "in", ["2026-01-17", 1768501200], {DEFENCE, FLOOD}),
    ("published_at", "empty", None, {HEADLESS}),
]


def retrieve(served: Server, top_k: int = 5, least: float = 0.0, **members: Any) -> Answer:
    """What Dify sends for a question, with its key."""
    body = {
        "knowledge_id": "dateline",
        "query": QUESTION,
        "retrieval_setting": {"top_k": top_k, "score_threshold": least},
        **members,
    }
    return served.send("POST", "/retrieval", "any-key", body)


def test_records_are_the_hits_of_a_search_with_their_relevance(served: Server) -> None:
    hits = served.get("/search", q=QUESTION, include_weak="true", limit="5").json["hits"]
    records = retrieve(served).json["records"]
    assert [record["content"] for record in records] == [hit["passage"]["text"] for hit in hits]
    assert [record["score"] for record in records] == [hit["relevance"] for hit in hits]
    assert [record["title"] for record in records] == [hit["article"]["title"] for hit in hits]


def test_a_record_is_where_its_metadata_says(served: Server) -> None:
    for record in retrieve(served, top_k=20).json["records"]:
        known = record["metadata"]
        text = served.get(f"/articles/{known['article_id']}").json["text"]
        assert text[known["start"] : known["end"]] == record["content"]
        assert None not in known.values()


def test_the_threshold_is_one_of_relevance(served: Server) -> None:
    every = retrieve(served, top_k=100).json["records"]
    likely = retrieve(served, top_k=100, least=0.5).json["records"]
    assert likely == [record for record in every if record["score"] >= 0.5]
    assert 0 < len(likely) < len(every)


def test_what_dify_may_add_one_day_is_let_pass(served: Server) -> None:
    assert retrieve(served, app_id="x", metadata_condition=None).json == retrieve(served).json


def test_there_is_one_knowledge(served: Server) -> None:
    answer = retrieve(served, knowledge_id="news")
    assert answer.status == 404
    assert answer.json == {
        "error_code": 2001,
        "error_msg": "There is no knowledge “news”: enter dateline as its id.",
    }


def asked(client: FlaskClient, conditions: Any, operator: str = "and", **headers: str) -> Any:
    """A retrieval in this process under conditions."""
    body = {
        "knowledge_id": "dateline",
        "query": "island deployments",
        "retrieval_setting": {"top_k": 100, "score_threshold": 0.0},
        "metadata_condition": {"logical_operator": operator, "conditions": conditions},
    }
    return client.post("/retrieval", json=body, headers=headers)


def passing(client: FlaskClient, conditions: Any, operator: str = "and") -> set[str]:
    """The articles that records come from under conditions."""
    records = asked(client, conditions, operator).get_json()["records"]
    return {record["metadata"]["article_id"] for record in records}


def condition(name: Any, operator: str, value: Any = None) -> dict[str, Any]:
    return {"name": name, "comparison_operator": operator, "value": value}


@pytest.mark.parametrize(("name", "operator", "value", "expected"), CASES)
def test_each_operator_means_what_it_says(
    client: FlaskClient, name: Any, operator: str, value: Any, expected: set[str]
) -> None:
    assert passing(client, [condition(name, operator, value)]) == expected


def test_all_of_several_conditions_hold_or_any(client: FlaskClient) -> None:
    both = [condition("source", "is", "Meridian Wire"), condition("title", "contains", "island")]
    assert passing(client, both) == {DEFENCE}
    assert passing(client, both, "or") == {DEFENCE, FLOOD, ISLANDS}
    assert passing(client, []) == {DEFENCE, ISLANDS, FLOOD, HEADLESS}


def test_every_operator_is_among_these() -> None:
    assert {operator for _, operator, _, _ in CASES} == set(OPERATORS)


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ([condition("colour", "is", "red")], "Must be one of: source, "),
        ([condition([], "is", "red")], "Is required"),
        ([condition("source", "like", "red")], "Must be one of: contains, "),
        ([condition("source", "is", 7)], "Must be a string"),
        ([condition("source", "in", "Reuters")], "Must be an array"),
        ([condition("source", "before", "2026-01-15")], "Only published_at has an order"),
        ([condition("published_at", "before", "last week")], "Must be an ISO 8601 date"),
        ([condition("published_at", "contains", "2026")], "is a date"),
        ([{"name": "source", "comparison_operator": "is", "values": "x"}], "Is not a parameter"),
    ],
)
def test_a_condition_that_cannot_be_heeded_is_refused(
    client: FlaskClient, conditions: Any, told: str
) -> None:
    response = asked(client, conditions)
    assert response.status_code == 400
    assert response.get_json()["error_code"] == 400
    assert told in response.get_json()["error_msg"]


def test_conditions_have_only_so_many_values_in_all(client: FlaskClient) -> None:
    values = [f"Nothing {number}" for number in range(100)]
    names = ["title", "url", "source"]
    assert asked(client, [condition([*names, *names], "not in", values)]).status_code == 200
    response = asked(client, [condition(names, "not in", values), condition("url", "empty")])
    assert response.status_code == 400
    assert "at most 300 values in all" in response.get_json()["error_msg"]


def test_dify_finds_it_when_it_is_entered_there(client: FlaskClient) -> None:
    # It posts nothing at all, and takes any answer but these for a sign that somebody is there.
    response = client.post("/retrieval", headers={"Authorization": "Bearer whatever"})
    assert response.status_code not in (403, 404, 502)
    assert response.get_json()["error_code"] == response.status_code


def test_any_key_is_taken_and_none_as_well(client: FlaskClient) -> None:
    assert asked(client, []).status_code == 200
    assert asked(client, [], Authorization="Bearer whatever").status_code == 200


@pytest.mark.parametrize("header", ["whatever", "Bearer", "Bearer ", "Basic d2hhdGV2ZXI="])
def test_a_header_without_a_key_is_told(client: FlaskClient, header: str) -> None:
    response = asked(client, [], Authorization=header)
    assert response.status_code == 403
    assert response.get_json()["error_code"] == 1001


@settings(max_examples=200)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "comparison_operator", "value", "conditions"]), inner
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_is_sent_is_heeded_or_refused(client: FlaskClient, body: Any) -> None:
    sent = {"knowledge_id": "dateline", "query": "island", "metadata_condition": body}
    assert client.post("/retrieval", json=sent).status_code in (200, 400)
