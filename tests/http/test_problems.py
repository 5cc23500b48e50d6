"""Whatever goes wrong is one RFC 9457 problem that says how to mend it, and no more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from flask import abort
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize

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
    HashingEncoder,
    publish,
    searcher_over,
)
from tests.http.problems import assert_problem

JSON = "application/json"


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
