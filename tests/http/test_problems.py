"""Whatever goes wrong is one RFC 9457 problem that says how to mend it, and no more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import abort
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.test import TestResponse

from api.app import build
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from indexer.vectors import Vectors
from tests.http.newsroom import (
    ARTICLES,
    DEFENCE,
    FLOOD,
    ISLANDS,
    METHOD,
    WEIGHTS,
    HashingEncoder,
    publish,
    searcher_over,
)

JSON = "application/json"


def assert_problem(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    body: dict[str, Any] = response.get_json()
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert body["type"] == f"urn:dateline:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def invalid(response: TestResponse) -> list[dict[str, str]]:
    body = assert_problem(response, 422, "invalid-parameters")
    errors: list[dict[str, str]] = body["errors"]
    return errors


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


@pytest.mark.parametrize("cursor", ["zz", "é", "%00", "W10", "WyJhIiwiYiIsLTFd", "=" * 7])
def test_a_cursor_nobody_gave_out_is_refused(client: FlaskClient, cursor: str) -> None:
    for address in ("/search?q=rain", "/articles?limit=1"):
        assert_problem(client.get(f"{address}&cursor={cursor}"), 400, "bad-cursor")


def test_a_cursor_of_another_question_is_refused(client: FlaskClient) -> None:
    cursor = client.get("/search?q=rain&limit=1").get_json()["next_cursor"]
    assert_problem(client.get(f"/search?q=sun&cursor={cursor}"), 400, "bad-cursor")


@pytest.mark.parametrize("address", ["/search?q=island&limit=1", "/articles?limit=1"])
def test_a_cursor_into_a_generation_that_is_kept_no_longer_is_stale(
    waiting: FlaskClient, index: LocalEngine, tmp_path: Path, address: str
) -> None:
    before = publish(index, DEFENCE, ISLANDS)
    cursor = waiting.get(address).get_json()["next_cursor"]
    publish(index, FLOOD)
    shutil.rmtree(tmp_path / "index" / "generations" / before)
    later = build(ApiSettings(), searcher_over(index)).test_client()
    assert_problem(later.get(f"{address}&cursor={cursor}"), 410, "stale-cursor")


@pytest.mark.parametrize("article_id", ["nope", "wire/0412", "%00", "%ff", "a/../b", "島"])
def test_an_unknown_article_is_not_found(client: FlaskClient, article_id: str) -> None:
    assert_problem(client.get(f"/articles/{article_id}"), 404, "unknown-article")


@pytest.mark.parametrize("address", ["/static/", "/serch?q=rain", "/articles/", "/search/", "/%00"])
def test_an_unknown_address_is_not_found(client: FlaskClient, address: str) -> None:
    assert_problem(client.get(address), 404, "unknown-route")


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    response = client.delete("/search?q=rain")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert_problem(client.patch("/articles"), 405, "method-not-allowed")


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_media_type_is_refused(
    client: FlaskClient, media_type: str | None
) -> None:
    response = client.post("/search", data='{"query": "rain"}', content_type=media_type)
    assert_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"query=rain", b'{"query": "\xff"}', b"[" * 60_000, b"1" * 5000]
)
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, body: bytes) -> None:
    response = client.post("/search", data=body, content_type=JSON)
    assert_problem(response, 400, "malformed-request")


@pytest.mark.parametrize("body", ["[]", "null", '"rain"', "7"])
def test_a_body_that_is_not_an_object_is_refused(client: FlaskClient, body: str) -> None:
    problem = assert_problem(
        client.post("/search", data=body, content_type=JSON), 400, "malformed-request"
    )
    assert "must be a JSON object" in problem["detail"]


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"query": "rain", "source": ["x" * 2000] * 40})
    response = client.post("/search", data=body, content_type=JSON)
    assert_problem(response, 413, "body-too-large")


def test_a_chunked_body_that_is_too_large_is_refused_and_not_cut(client: FlaskClient) -> None:
    stream = BytesIO(b'{"query": "rain"}' + b" " * 100_000)
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/search", input_stream=stream, content_type=JSON, environ_overrides=chunked
    )
    assert_problem(response, 413, "body-too-large")


@pytest.mark.parametrize("error", [OSError(), InvalidChunkSize(b"zz")])
def test_a_body_that_breaks_off_is_refused(client: FlaskClient, error: Exception) -> None:
    class Broken(BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise error

    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/search", input_stream=Broken(), content_type=JSON, environ_overrides=chunked
    )
    assert_problem(response, 400, "malformed-request")


@pytest.mark.parametrize("raw", ["q=%ff", "q=%ED%A0%80"])
def test_a_url_that_is_not_utf_8_is_refused(client: FlaskClient, raw: str) -> None:
    assert_problem(client.get(f"/search?{raw}"), 400, "malformed-request")


def test_raw_bytes_in_a_url_that_are_not_utf_8_are_refused(client: FlaskClient) -> None:
    response = client.get("/search", environ_overrides={"QUERY_STRING": "q=\xff"})
    assert_problem(response, 400, "malformed-request")


@pytest.mark.parametrize("address", ["/search?q=rain", "/articles", "/articles/flood"])
def test_without_an_index_one_is_asked_to_come_back(waiting: FlaskClient, address: str) -> None:
    response = waiting.get(address)
    problem = assert_problem(response, 503, "index-missing")
    assert "dateline index" in problem["detail"]
    assert response.headers["Retry-After"] == "10"


def test_a_damaged_index_is_named_without_its_files(
    waiting: FlaskClient, index: LocalEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    generation = publish(index, *ARTICLES)
    for manifest in tmp_path_factory.getbasetemp().rglob(f"{generation}/manifest.json"):
        manifest.write_text("{}", "utf-8")
    response = waiting.get("/search?q=rain")
    assert_problem(response, 503, "index-damaged")
    assert "manifest" not in response.text


class BrokenEncoder(HashingEncoder):
    """A model that fails in a way nobody foresaw."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002 (the protocol names it)
        raise RuntimeError("tensor 7 of /srv/secret/model.onnx has rank 3")


def test_an_unexpected_error_is_logged_under_an_id_and_tells_nothing(
    index: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    publish(index, *ARTICLES)
    client = build(ApiSettings(), Searcher(index, lambda _: BrokenEncoder(), METHOD)).test_client()
    response = client.get("/search?q=rain")
    problem = assert_problem(response, 500, "internal-error")
    assert "tensor" not in response.text
    assert "secret" not in response.text
    assert problem["instance"].startswith("urn:uuid:")
    assert problem["instance"] in caplog.text
    assert "tensor 7" in caplog.text


def test_any_other_http_error_is_the_blank_problem_of_its_status(index: LocalEngine) -> None:
    app = build(ApiSettings(), searcher_over(index))
    app.add_url_rule("/teapot", view_func=lambda: abort(418))
    body = app.test_client().get("/teapot").get_json()
    assert body["type"] == "about:blank"
    assert body["title"] == "I'm a Teapot"
