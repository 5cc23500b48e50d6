"""A parameter or member that is wrong is named, with what it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.app import build
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import (
    ARTICLES,
    METHOD,
    WEIGHTS,
    publish,
    searcher_over,
)
from tests.http.problems import assert_problem, invalid

JSON = "application/json"


def test_a_missing_question_is_named(client: FlaskClient) -> None:
    assert invalid(client.get("/search")) == [{"parameter": "q", "detail": "Is required."}]
    assert invalid(client.post("/search", json={})) == [
        {"pointer": "#/query", "detail": "Is required."}
    ]


@pytest.mark.parametrize("question", ["", " \t\n", "\u3000\u00a0"])
def test_an_empty_question_is_refused(client: FlaskClient, question: str) -> None:
    assert invalid(client.get("/search", query_string={"q": question})) == [
        {"parameter": "q", "detail": "Must not be empty."}
    ]


def test_a_question_of_2049_code_points_is_refused(client: FlaskClient) -> None:
    (error,) = invalid(client.post("/search", json={"query": "島" * 2049}))
    assert error["detail"] == "Must be at most 2,048 code points long."


def test_half_a_surrogate_pair_is_refused(client: FlaskClient) -> None:
    body = '{"query": "\\ud800", "source": ["a", "\\udfff"], "\\ud800": 1}'
    errors = invalid(client.post("/search", data=body, content_type=JSON))
    assert [error["pointer"] for error in errors] == ["#/query", "#/source/1", "#/\\ud800"]
    assert "surrogate" in errors[0]["detail"]


def test_an_unknown_parameter_is_named_with_the_near_one_and_all_there_are(
    client: FlaskClient,
) -> None:
    assert invalid(client.get("/search?q=rain&sorce=Wire")) == [
        {
            "parameter": "sorce",
            "detail": "Is not a parameter here. Did you mean `source`? There are: article_id, "
            "author, collapse, cursor, exclude_source, explain, facets, format, from, "
            "include_weak, language, limit, min_relevance, mode, q, recency_half_life, section, "
            "sort, source, to.",
        }
    ]


@pytest.mark.parametrize("address", ["/articles/any?q=rain", "/search?query=rain"])
def test_a_parameter_where_none_is_taken_is_refused(client: FlaskClient, address: str) -> None:
    body = {"query": "rain"} if address.startswith("/search") else None
    response = client.open(address, method="POST" if body else "GET", json=body)
    assert response.status_code == 422
    assert "takes no parameters here" in response.get_json()["detail"]


def test_an_unknown_member_of_a_body_is_pointed_at(client: FlaskClient) -> None:
    (error,) = invalid(client.post("/search", json={"query": "rain", "a/b~": 1}))
    assert error["pointer"] == "#/a~1b~0"
    assert error["detail"].startswith("Is not a parameter here. There are: article_id, ")


def test_every_wrong_parameter_is_named_at_once(client: FlaskClient) -> None:
    response = client.get("/search?q=&limit=0&mode=magic&from=yesterday")
    names = [error["parameter"] for error in invalid(response)]
    assert sorted(names) == ["from", "limit", "mode", "q"]
    assert "limit: Must be from 1 to 100." in response.get_json()["detail"]


def test_no_more_than_twenty_errors_are_told(client: FlaskClient) -> None:
    assert len(invalid(client.post("/search", json={f"x{n}": n for n in range(2000)}))) == 20


def test_a_single_value_given_twice_is_refused(client: FlaskClient) -> None:
    assert invalid(client.get("/search?q=rain&q=sun")) == [
        {"parameter": "q", "detail": "Give it once."}
    ]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "1_0", "１０", "", "9" * 5000])
def test_a_limit_is_a_whole_number_from_1_to_100(client: FlaskClient, limit: str) -> None:
    (error,) = invalid(client.get("/search", query_string={"q": "rain", "limit": limit}))
    assert error["detail"] in ("Must be from 1 to 100.", "Must be a whole number.")


@pytest.mark.parametrize("limit", ["true", "10.5", "null", "[10]", "{}", "NaN", "1e400"])
def test_a_limit_in_a_body_is_a_whole_number_too(client: FlaskClient, limit: str) -> None:
    body = f'{{"query": "rain", "limit": {limit}}}'
    (error,) = invalid(client.post("/search", data=body, content_type=JSON))
    assert error["pointer"] == "#/limit"


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-13-01",
        "2026-W01",
        "2026-01-01x10:00",
        "2026-02-30",
        "15/01/2026",
        "2026-01-15T09:30:00 09:00",
        "0001-01-01T00:00:00+09:00",
        "",
    ],
)
def test_a_bad_date_is_refused_and_never_dropped(client: FlaskClient, moment: str) -> None:
    for name in ("from", "to"):
        (error,) = invalid(client.get("/search", query_string={"q": "rain", name: moment}))
        assert error["parameter"] == name
        assert "ISO 8601" in error["detail"]


def test_a_date_in_a_body_is_a_string(client: FlaskClient) -> None:
    (error,) = invalid(client.post("/search", json={"query": "rain", "from": 20260115}))
    assert error["pointer"] == "#/from"


def test_a_stretch_of_time_ends_after_it_begins(client: FlaskClient) -> None:
    response = client.get("/search?q=rain&from=2026-01-16&to=2026-01-15")
    assert invalid(response) == [{"parameter": "to", "detail": "Must not be before `from`."}]
    assert client.get("/search?q=rain&from=2026-01-15&to=2026-01-15").status_code == 200


@pytest.mark.parametrize("share", ["2", "-0.1", "1.01", "50%", "nan", "inf", "1e-1", "", "٠"])
def test_a_least_relevance_is_a_number_from_0_to_1(client: FlaskClient, share: str) -> None:
    assert invalid(client.get("/search", query_string={"q": "rain", "min_relevance": share})) == [
        {"parameter": "min_relevance", "detail": "Must be a number from 0 to 1, such as 0.5."}
    ]


@pytest.mark.parametrize("share", ["true", "NaN", "1e400", "Infinity", "-1", "null", "[0.5]"])
def test_a_least_relevance_in_a_body_is_one_too(client: FlaskClient, share: str) -> None:
    body = f'{{"query": "rain", "min_relevance": {share}}}'
    (error,) = invalid(client.post("/search", data=body, content_type=JSON))
    assert error["pointer"] == "#/min_relevance"


@pytest.mark.parametrize(
    "age", ["7", "d", "7 d", "7D", "-7d", "7days", "0h", "0.9h", "3651d", "1e3d", "", "٧d"]
)
def test_a_half_life_is_a_number_and_a_unit_from_an_hour_to_ten_years(
    client: FlaskClient, age: str
) -> None:
    (error,) = invalid(client.get("/search", query_string={"q": "rain", "recency_half_life": age}))
    assert error["parameter"] == "recency_half_life"
    assert "such as 12h, 7d or 2w, from 1h to 3650d." in error["detail"]


def test_a_half_life_in_a_body_is_a_string(client: FlaskClient) -> None:
    (error,) = invalid(client.post("/search", json={"query": "rain", "recency_half_life": 7}))
    assert error["pointer"] == "#/recency_half_life"


@pytest.mark.parametrize("name", ["include_weak", "explain"])
@pytest.mark.parametrize("value", ["1", "yes", "True", ""])
def test_a_flag_is_true_or_false(client: FlaskClient, name: str, value: str) -> None:
    assert invalid(client.get("/search", query_string={"q": "rain", name: value})) == [
        {"parameter": name, "detail": "Must be true or false."}
    ]


@pytest.mark.parametrize("value", [1, 0, [], {}])
def test_a_flag_in_a_body_is_no_number(client: FlaskClient, value: object) -> None:
    (error,) = invalid(client.post("/search", json={"query": "rain", "explain": value}))
    assert error == {"pointer": "#/explain", "detail": "Must be true or false."}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("mode", "hybrid, dense, lexical"),
        ("collapse", "none, article"),
        ("sort", "relevance, newest, oldest"),
        ("facets", "source, section, language, month, author"),
    ],
)
def test_a_choice_names_what_there_is(client: FlaskClient, name: str, known: str) -> None:
    assert invalid(client.get("/search", query_string={"q": "rain", name: "magic"})) == [
        {"parameter": name, "detail": f"Must be one of: {known}."}
    ]


def test_a_relevance_nobody_has_calibrated_cannot_be_asked_for(index: LocalEngine) -> None:
    publish(index, *ARTICLES)
    uncalibrated = replace(METHOD, weights=replace(WEIGHTS, model="d" * 64))
    client = build(ApiSettings(), searcher_over(index, uncalibrated)).test_client()
    problem = assert_problem(client.get("/search?q=rain&min_relevance=0.5"), 422, "not-calibrated")
    assert "`min_relevance`" in problem["detail"]
    assert client.get("/search?q=rain").status_code == 200


@pytest.mark.parametrize("value", [3, None, {"a": "b"}, [None], [""], ["x"] * 101])
def test_a_filter_holds_strings(client: FlaskClient, value: object) -> None:
    (error,) = invalid(client.post("/search", json={"query": "rain", "source": value}))
    assert error["pointer"].startswith("#/source")
