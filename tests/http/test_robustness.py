"""Whatever is sent to `/search`, the answer is a ranking or a problem, never a failure."""

from __future__ import annotations

import json

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

NAMES = st.sampled_from(
    [
        *("q", "query", "mode", "source", "from", "to", "author", "article_id", "limit", "cursor"),
        *("min_relevance", "include_weak", "collapse", "sort", "recency_half_life", "facets"),
        "explain",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=["Cs", "Cc", "Lo"]), max_size=8),
    st.sampled_from(["2026-01-15", "9999-12-31", "0001-01-01", "hybrid", "10", "dense", "lexical"]),
    st.sampled_from(["0.5", "true", "article", "newest", "7d", "3650d", "1h", "source", "month"]),
    st.datetimes().map(str),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(NAMES | TEXTS, VALUES, max_size=4)

often = settings(max_examples=150)


def assert_answered(response: TestResponse) -> None:
    assert response.status_code in (200, 400, 413, 422)
    body = response.get_json()
    if response.status_code == 200:
        assert body["total"]["value"] >= len(body["hits"])
    else:
        assert response.mimetype == "application/problem+json"
        assert body["status"] == response.status_code


@often
@given(text=TEXTS)
def test_any_question_is_answered_or_refused(app: Flask, text: str) -> None:
    body = json.dumps({"query": text})
    response = app.test_client().post("/search", data=body, content_type="application/json")
    assert_answered(response)
    surrogates = any("\ud800" <= character <= "\udfff" for character in text)
    assert (response.status_code == 200) is (bool(text.strip()) and not surrogates)


@often
@given(raw=st.binary(max_size=60))
def test_any_bytes_as_query_string_are_answered_or_refused(app: Flask, raw: bytes) -> None:
    environ = {"QUERY_STRING": "q=rain&" + raw.decode("latin-1")}
    assert_answered(app.test_client().get("/search", environ_overrides=environ))


@often
@given(pairs=st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=5))
def test_any_parameters_are_answered_or_refused(app: Flask, pairs: list[tuple[str, str]]) -> None:
    assert_answered(app.test_client().get("/search", query_string=[("q", "rain"), *pairs]))


@often
@given(body=BODIES)
def test_any_object_is_answered_or_refused(app: Flask, body: dict[str, object]) -> None:
    text = json.dumps({"query": "rain", **body})
    response = app.test_client().post("/search", data=text, content_type="application/json")
    assert_answered(response)


@often
@given(queries=st.lists(TEXTS | BODIES | VALUES, max_size=4), beside=BODIES)
def test_any_queries_are_answered_or_refused(
    app: Flask, queries: list[object], beside: dict[str, object]
) -> None:
    text = json.dumps({**beside, "queries": queries})
    response = app.test_client().post("/search", data=text, content_type="application/json")
    if response.status_code == 200:
        assert len(response.get_json()["results"]) == len(queries)
    else:
        assert_answered(response)


@often
@given(body=BODIES, article_id=TEXTS)
def test_any_doubt_is_answered_or_refused(
    app: Flask, body: dict[str, object], article_id: str
) -> None:
    text = json.dumps({"query": "rain", "article_id": article_id, **body})
    response = app.test_client().post("/search/why-not", data=text, content_type="application/json")
    if response.status_code == 200:
        assert response.get_json()["message"]
    else:
        assert_answered(response)


@often
@given(raw=st.binary(max_size=80))
def test_any_bytes_as_body_are_refused_or_answered(app: Flask, raw: bytes) -> None:
    response = app.test_client().post("/search", data=raw, content_type="application/json")
    assert_answered(response)
