"""Handing articles in over HTTP: what is taken, what is refused, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.http.errors import NoMoreData
from werkzeug.test import TestResponse

from api.app import build
from api.settings import ApiSettings
from indexer.article_json import from_json
from indexer.engines.local import LocalEngine
from indexer.inbox import Inbox
from indexer.ingest_loop import follow
from indexer.loaders import Loaded, load
from tests.http.newsroom import searcher_over
from tests.waiting_room import ingest_into

KEY = {"Authorization": "Bearer first-key"}
JSON, NDJSON = "application/json", "application/x-ndjson"
FERRY = {
    "title": "Ferry late",
    "text": "HARBOUR TOWN, Jan 15 — The ferry left late. 🛰 Nobody knew why.",
    "source": "Harbour Post",
    "authors": ["Ana Ruiz"],
    "url": "https://harbour.example/ferry",
    "published_at": "2026-01-15T18:20:00+09:00",
    "section": "Local",
    "language": "en-GB",
    "metadata": {"keywords": ["ferry"], "score": 1.5},
}


@pytest.fixture
def settings(tmp_path: Path) -> ApiSettings:
    return ApiSettings(
        index=tmp_path / "index",
        write_keys=("first-key", "second-key"),
        max_article_bytes=2048,
        max_articles_bytes=200_000,
    )


@pytest.fixture
def app(settings: ApiSettings) -> Flask:
    return build(settings, searcher_over(LocalEngine(settings.index)))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def inbox(settings: ApiSettings) -> Inbox:
    return Inbox(settings.index)


@pytest.fixture
def draining(settings: ApiSettings, inbox: Inbox) -> Iterator[None]:
    """`dateline ingest`, but in a thread and with a model that hashes."""
    ended = Event()

    def run() -> None:
        with closing(ingest_into(LocalEngine(settings.index), inbox)) as ingest:
            follow(ingest, inbox, ended.wait, lambda: None)

    thread = Thread(target=run)
    thread.start()
    yield
    ended.set()
    thread.join()


def put(client: FlaskClient, article_id: str, body: Any, query: str = "") -> TestResponse:
    return client.put(f"/articles/{article_id}{query}", json=body, headers=KEY)


def post(client: FlaskClient, body: str | bytes, kind: str = JSON, query: str = "") -> TestResponse:
    return client.post(f"/articles{query}", data=body, content_type=kind, headers=KEY)


def assert_problem(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    body: dict[str, Any] = response.get_json()
    assert (response.status_code, body["type"]) == (status, f"urn:dateline:problem:{slug}")
    return body


def waiting_ids(inbox: Inbox) -> list[str]:
    return [entry.article_id for entry in inbox.take(10_000, 10**9)]


def test_an_article_is_taken_and_its_job_told(client: FlaskClient, inbox: Inbox) -> None:
    response = put(client, "ferry", FERRY)
    job = response.get_json()
    assert response.status_code == 202
    assert response.headers["Location"] == f"/jobs/{job['id']}"
    assert datetime.fromisoformat(job.pop("created_at")).tzinfo is not None
    assert job == {
        "id": job["id"],
        "state": "queued",
        "counts": {"received": 1, "indexed": 0, "unchanged": 0, "withdrawn": 0, "failed": 0},
        "generation": None,
        "failures": [],
        "delayed": None,
    }
    assert waiting_ids(inbox) == ["ferry"]


@pytest.mark.usefixtures("draining")
def test_an_article_waited_for_is_found_at_its_offsets(client: FlaskClient) -> None:
    response = put(client, "ferry", FERRY, "?wait=searchable")
    job = response.get_json()
    assert (response.status_code, job["state"], job["counts"]["indexed"]) == (200, "searchable", 1)
    found = client.get("/search?q=ferry&include_weak=true").get_json()
    assert found["generation"] == job["generation"]
    passage = found["hits"][0]["passage"]
    shown = client.get("/articles/ferry").get_json()
    assert shown["text"][passage["start"] : passage["end"]] == passage["text"]
    assert client.get(response.headers["Location"], headers=KEY).get_json() == job


@pytest.mark.usefixtures("draining")
def test_an_article_is_shown_as_it_was_given_with_what_was_missing_found_out(
    client: FlaskClient,
) -> None:
    put(client, "ferry", FERRY, "?wait=searchable")
    shown = client.get("/articles/ferry").get_json()
    assert {name: shown[name] for name in FERRY} == FERRY
    assert (shown["id"], shown["dateline"]) == ("ferry", "HARBOUR TOWN, Jan 15")
    bare = {"text": "The bridge over the river is shut until the spring. Boats go every hour."}
    put(client, "bridge", bare, "?wait=searchable")
    shown = client.get("/articles/bridge").get_json()
    assert (shown["language"], shown["title_inferred"]) == ("en", True)
    assert shown["title"] == "The bridge over the river is shut until the spring."


@pytest.mark.usefixtures("draining")
def test_what_is_read_can_be_sent_back_as_it_is(client: FlaskClient) -> None:
    for body in (FERRY, {"text": FERRY["text"]}):
        put(client, "ferry", body, "?wait=searchable")
        shown = client.get("/articles/ferry").get_json()
        again = put(client, "ferry", shown, "?wait=searchable").get_json()
        assert again["counts"]["unchanged"] == 1
        assert client.get("/articles/ferry").get_json() == shown


def test_the_same_article_becomes_the_same_by_file_and_by_http(
    client: FlaskClient, inbox: Inbox, tmp_path: Path
) -> None:
    file = tmp_path / "articles.jsonl"
    bodies = [FERRY, {"text": "A leaflet with no name on it was handed out."}]
    file.write_text("\n".join(map(json.dumps, bodies)))
    read = [item.article for item in load([file]) if isinstance(item, Loaded)]
    post(client, json.dumps(bodies))
    handed_in = [from_json(entry.payload or "") for entry in inbox.take(10, 10**6)]
    assert handed_in[0] == read[0]
    # Without id and address, a file's articles are told apart by where they stand.
    assert handed_in[1].id != read[1].id
    assert (handed_in[1].title, handed_in[1].language) == (read[1].title, read[1].language)


@pytest.mark.usefixtures("draining")
def test_a_corrected_article_replaces_the_one_before(client: FlaskClient) -> None:
    put(client, "ferry", FERRY, "?wait=searchable")
    put(client, "ferry", {"text": "The ferry sank at dawn."}, "?wait=searchable")
    hits = client.get("/search?q=ferry&include_weak=true").get_json()["hits"]
    assert [hit["passage"]["text"] for hit in hits] == ["The ferry sank at dawn."]


@pytest.mark.usefixtures("draining")
def test_a_withdrawn_article_is_in_no_answer(client: FlaskClient) -> None:
    both = json.dumps([{"id": "ferry", **FERRY}, {"id": "b", "text": "It is shut."}])
    assert post(client, both, query="?wait=searchable").status_code == 200
    response = client.delete("/articles/ferry?wait=searchable", headers=KEY)
    assert (response.status_code, response.get_json()["counts"]["withdrawn"]) == (200, 1)
    assert client.get("/articles/ferry").status_code == 404
    assert client.get("/search?q=ferry&mode=lexical").get_json()["hits"] == []
    again = client.delete("/articles/ferry?wait=searchable", headers=KEY).get_json()
    assert again["counts"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, '[{"id": "a", "text": "One."}, {"id": "b", "text": "Two."}]'),
        (JSON, '\ufeff [ {"id": "a", "text": "One."},\r\n\t{"id":"b","text":"Two."} ] '),
        (NDJSON, '{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}'),
        (NDJSON, '\n{"id": "a", "text": "One."}\r\n  \n{"id": "b", "text": "Two."}\n'),
    ],
)
def test_many_articles_come_as_an_array_or_line_by_line(
    client: FlaskClient, inbox: Inbox, kind: str, body: str
) -> None:
    response = post(client, body.encode(), kind)
    assert response.status_code == 202
    assert response.get_json()["counts"]["received"] == 2
    assert waiting_ids(inbox) == ["a", "b"]


def test_what_is_no_article_is_refused_by_itself_and_the_rest_goes_in(
    client: FlaskClient, inbox: Inbox
) -> None:
    body = [
        {"id": "a", "text": "One."},
        {"id": "b", "text": " ", "titel": "x", "published_at": "soon", "url": "ftp://x"},
        7,
        {"id": "c" * 300, "text": "Three."},
        {"id": "d", "text": "Four.", "metadata": [1]},
        {"id": "e\n", "text": "Five."},
    ]
    job = post(client, json.dumps(body)).get_json()
    assert waiting_ids(inbox) == ["a"]
    assert (job["counts"]["received"], job["counts"]["failed"]) == (6, 5)
    told = {failure["article_id"]: failure["reason"] for failure in job["failures"]}
    for part in ("entry 2: ", "text: Must not be empty.", "Did you mean `title`?"):
        assert part in told["b"]
    for part in ("published_at: Must be a date", "url: Must be an http or https address."):
        assert part in told["b"]
    assert told[None] == "entry 3: It is not an object with the fields of an article."
    assert "at most 256" in told["c" * 300]
    assert told["d"] == "entry 5: metadata: Must be an object."
    assert told["e\n"] == "entry 6: its id holds control characters."


def test_a_line_that_is_no_json_or_too_long_costs_only_itself(
    client: FlaskClient, inbox: Inbox
) -> None:
    lines = [
        '{"id": "a", "text": "One."}',
        "{",
        '{"text": "' + "x" * 3000 + '"}',
        '{"id": "\\ud800"}',
    ]
    body = "\n".join([*lines, '{"id": "b", "text": "Two."}', '{"text": "' + "y" * 3000])
    job = post(client, body, NDJSON).get_json()
    assert waiting_ids(inbox) == ["a", "b"]
    reasons = [failure["reason"] for failure in job["failures"]]
    assert reasons[0] == "line 2: It is not valid JSON in UTF-8."
    assert reasons[1] == reasons[3].replace("line 6", "line 3")
    assert reasons[1] == "line 3: It is longer than 2,048 bytes."
    assert reasons[2].startswith("line 4: ")


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "a", "text": "One."}',
        b'[{"id": "a", "text": "One."}',
        b'[{"id": "a", "text": "One."} {"id": "b", "text": "Two."}]',
        b'[{"id": "a", "text": "One."}] 7',
        b'[{"id": "a", "text": "One."},]',
        b'[{"id": "a", "text": "\xff"}]',
        b"[" * 100_000,
        b"",
        b"[]",
    ],
)
def test_of_a_body_that_is_no_array_nothing_is_taken(
    client: FlaskClient, inbox: Inbox, body: bytes
) -> None:
    assert_problem(post(client, body), 400, "malformed-request")
    assert waiting_ids(inbox) == []


@pytest.mark.parametrize("cut", [1, 5, 63])
def test_values_are_read_however_the_body_comes_in_pieces(
    client: FlaskClient, inbox: Inbox, cut: int
) -> None:
    class Slow(BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:cut])

    articles = [{"id": f"a{n}", "text": "Zwölf 🛰 Boote."} for n in range(20)]
    response = client.post(
        "/articles",
        input_stream=Slow(json.dumps(articles, ensure_ascii=False).encode()),
        content_type=JSON,
        headers=KEY,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert response.status_code == 202
    assert waiting_ids(inbox) == [article["id"] for article in articles]


def test_a_large_body_is_larger_than_that_of_a_search_may_be(
    client: FlaskClient, settings: ApiSettings
) -> None:
    articles = [{"id": f"a{n}", "text": "The ferry left late. " * 60} for n in range(100)]
    body = json.dumps(articles).encode()
    assert settings.max_body_bytes < len(body) < settings.max_articles_bytes
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for environ in ({}, chunked):
        response = client.post(
            "/articles",
            input_stream=BytesIO(body),
            content_type=JSON,
            headers=KEY,
            environ_overrides=environ or {"CONTENT_LENGTH": str(len(body))},
        )
        assert response.get_json()["counts"]["received"] == 100


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_a_body_that_breaks_off_is_refused_whole(
    client: FlaskClient, inbox: Inbox, kind: str
) -> None:
    class Broken(BytesIO):
        def readinto(self, buffer: Any) -> int:
            length = super().readinto(buffer)
            if not length:
                raise NoMoreData
            return length

    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/articles",
        input_stream=Broken(b'{"id": "a", "text": "One."}\n'),
        content_type=kind,
        headers=KEY,
        environ_overrides=chunked,
    )
    assert_problem(response, 400, "malformed-request")
    short = client.post(
        "/articles",
        input_stream=BytesIO(b'{"id": "a", "text": "One."}\n'),
        content_type=NDJSON,
        headers=KEY,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "500"},
    )
    assert_problem(short, 400, "malformed-request")
    assert waiting_ids(inbox) == []


def test_a_body_that_is_too_large_is_refused_whole(client: FlaskClient, inbox: Inbox) -> None:
    line = b'{"id": "a", "text": "One."}\n'
    assert_problem(post(client, line * 10_000, NDJSON), 413, "body-too-large")
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/articles",
        input_stream=BytesIO(line * 10_000),
        content_type=NDJSON,
        headers=KEY,
        environ_overrides=chunked,
    )
    assert_problem(response, 413, "body-too-large")
    huge = json.dumps([{"text": "x" * 150_000}])
    assert_problem(post(client, huge), 413, "body-too-large")
    assert_problem(put(client, "a", {"text": "x" * 3000}), 413, "body-too-large")
    assert waiting_ids(inbox) == []


def test_another_media_type_is_refused(client: FlaskClient) -> None:
    assert_problem(post(client, "a,b", "text/csv"), 415, "unsupported-media-type")
    response = client.put("/articles/a", data="{}", content_type="text/plain", headers=KEY)
    assert_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/text"),
        ({"text": 7}, "#/text"),
        ({"text": "x", "title": ""}, "#/title"),
        ({"text": "x", "authors": "Ana Ruiz"}, "#/authors"),
        ({"text": "x", "authors": ["Ana Ruiz", 7]}, "#/authors/1"),
        ({"text": "x", "published_at": "15/01/2026"}, "#/published_at"),
        ({"text": "x", "updated_at": 7}, "#/updated_at"),
        ({"text": "x", "url": 7}, "#/url"),
        ({"text": "x", "url": "harbour.example"}, "#/url"),
        ({"text": "x", "metadata": "x"}, "#/metadata"),
        ({"text": "x", "tilte": "x"}, "#/tilte"),
        ({"text": "x", "id": "another"}, "#/id"),
        ({"text": "x", "title_inferred": 1}, "#/title_inferred"),
    ],
)
def test_what_is_wrong_with_an_article_is_named(
    client: FlaskClient, inbox: Inbox, body: dict[str, Any], pointer: str
) -> None:
    problem = assert_problem(put(client, "ferry", body), 422, "invalid-parameters")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert waiting_ids(inbox) == []


def test_metadata_that_is_nested_too_deeply_is_refused(client: FlaskClient) -> None:
    nested: dict[str, Any] = {}
    for _ in range(40):
        nested = {"inner": nested}
    problem = assert_problem(
        put(client, "ferry", {"text": "x", "metadata": nested}), 422, "invalid-parameters"
    )
    assert problem["detail"] == "Its metadata is nested more than 32 levels deep."


@pytest.mark.parametrize("article_id", ["https://a.example/x%3Fid=7", "/2026/flood", "a/similar"])
def test_an_article_of_any_id_can_be_put_and_withdrawn(
    client: FlaskClient, inbox: Inbox, article_id: str
) -> None:
    assert put(client, article_id, {"text": "One."}).status_code == 202
    assert client.delete(f"/articles/{article_id}", headers=KEY).status_code == 202
    first, second = waiting_ids(inbox)
    assert first == second == article_id.replace("%3F", "?")


def test_the_same_request_under_the_same_key_is_one_job(client: FlaskClient, inbox: Inbox) -> None:
    named = {**KEY, "Idempotency-Key": '"8e03978e"'}
    first = client.put("/articles/ferry", json=FERRY, headers=named).get_json()
    again = client.put(
        "/articles/ferry", json=FERRY, headers={**KEY, "Idempotency-Key": "8e03978e"}
    ).get_json()
    assert again["id"] == first["id"]
    many = {**KEY, "Idempotency-Key": "many"}
    body = '[{"id": "a", "text": "One."}]'
    jobs = [
        client.post("/articles", data=body, content_type=JSON, headers=many).get_json()["id"]
        for _ in range(2)
    ]
    assert jobs[0] == jobs[1]
    assert waiting_ids(inbox) == ["ferry", "a"]


def test_another_request_under_the_same_key_is_refused(client: FlaskClient, inbox: Inbox) -> None:
    named = {**KEY, "Idempotency-Key": "once"}
    client.put("/articles/ferry", json=FERRY, headers=named)
    others = (
        client.put("/articles/ferry", json={"text": "x"}, headers=named),
        client.put("/articles/bridge", json=FERRY, headers=named),
        client.delete("/articles/ferry", headers=named),
        client.post("/articles", data="[{}]", content_type=JSON, headers=named),
    )
    for response in others:
        assert_problem(response, 422, "idempotency-key-reused")
    assert waiting_ids(inbox) == ["ferry"]


def test_an_idempotency_key_that_is_none_is_refused(client: FlaskClient) -> None:
    for key in ("", "x" * 256, "ключ"):
        response = client.delete("/articles/a", headers={**KEY, "Idempotency-Key": key})
        problem = assert_problem(response, 422, "invalid-parameters")
        assert problem["errors"][0]["parameter"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", "Bearer", "Basic first-key", "first-key", "Bearer first-keyx"]
)
def test_without_one_of_the_keys_nothing_is_written_or_told(
    client: FlaskClient, inbox: Inbox, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    for response in (
        client.put("/articles/a", json={"nonsense": 1}, headers=headers),
        client.post("/articles", data="[", content_type=JSON, headers=headers),
        client.delete("/articles/a?nonsense=1", headers=headers),
        client.get("/jobs/x", headers=headers),
    ):
        assert_problem(response, 401, "write-key-required")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="dateline"'
    assert waiting_ids(inbox) == []


def test_any_of_the_keys_will_do(client: FlaskClient) -> None:
    for key in ("Bearer second-key", "bearer first-key"):
        response = client.delete("/articles/a", headers={"Authorization": key})
        assert response.status_code == 202


def test_without_configured_keys_nobody_writes_and_the_answer_says_how(tmp_path: Path) -> None:
    settings = ApiSettings(index=tmp_path / "index")
    client = build(settings, searcher_over(LocalEngine(settings.index))).test_client()
    problem = assert_problem(put(client, "a", FERRY), 403, "writing-disabled")
    assert "DATELINE_WRITE_KEYS" in problem["detail"]
    assert not settings.index.exists()


def test_a_job_that_is_unknown_is_a_problem(client: FlaskClient) -> None:
    assert_problem(client.get("/jobs/none", headers=KEY), 404, "unknown-job")


def test_when_nobody_drains_a_wait_ends_with_what_there_is(client: FlaskClient) -> None:
    response = put(client, "ferry", FERRY, "?wait=searchable&wait_seconds=1")
    assert (response.status_code, response.get_json()["state"]) == (202, "queued")


@pytest.mark.parametrize(
    "query", ["?wait=indexed", "?wait_seconds=3", "?wait=searchable&wait_seconds=31", "?await=1"]
)
def test_a_wait_nobody_can_grant_is_refused(client: FlaskClient, query: str) -> None:
    assert_problem(put(client, "ferry", FERRY, query), 422, "invalid-parameters")


@pytest.mark.usefixtures("draining")
def test_a_wait_for_what_cannot_be_indexed_is_a_problem(client: FlaskClient) -> None:
    response = put(client, "leaflet", {"text": "This is poison to it."}, "?wait=searchable")
    problem = assert_problem(response, 422, "articles-refused")
    assert "could not be indexed" in problem["detail"]
    assert "tensor" not in response.text


def test_a_job_is_searchable_only_once_this_server_answers_with_it(
    settings: ApiSettings, inbox: Inbox
) -> None:
    elsewhere = LocalEngine(settings.index.with_name("another"))
    client = build(settings, searcher_over(elsewhere)).test_client()
    job = put(client, "ferry", FERRY).get_json()
    with closing(ingest_into(LocalEngine(settings.index), inbox)) as ingest:
        ingest.drain()
    told = client.get(f"/jobs/{job['id']}", headers=KEY).get_json()
    assert (told["state"], told["counts"]["indexed"]) == ("indexing", 1)


@pytest.mark.parametrize(
    ("held", "told"),
    [("IndexDamaged", "The index is damaged."), ("OSError", "tried again")],
)
def test_what_keeps_a_job_from_going_on_is_told(
    client: FlaskClient, inbox: Inbox, held: str, told: str
) -> None:
    job = put(client, "ferry", FERRY).get_json()
    inbox.hold(held)
    assert told in client.get(f"/jobs/{job['id']}", headers=KEY).get_json()["delayed"]


def test_an_inbox_that_cannot_be_used_is_a_problem_without_its_path(
    client: FlaskClient, inbox: Inbox
) -> None:
    inbox.path.parent.mkdir()
    inbox.path.write_bytes(b"no database" * 500)
    response = put(client, "ferry", FERRY)
    assert_problem(response, 503, "inbox-unusable")
    assert str(inbox.path) not in response.text
    assert response.headers["Retry-After"] == "10"
