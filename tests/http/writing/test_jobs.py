"""Who may write, requests sent twice, and what became of them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import build
from api.resources.writing import MOST_WAITING, receiving
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from indexer.inbox import Inbox
from tests.http.newsroom import searcher_over
from tests.http.problems import assert_problem
from tests.http.writing.desk import FERRY, JSON, KEY, put, waiting_ids
from tests.waiting_room import ingest_into


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


@pytest.mark.usefixtures("draining")
def test_when_others_wait_already_the_answer_comes_at_once(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        seats = receiving().waiting
    with ExitStack() as stack:
        for _ in range(MOST_WAITING):
            stack.enter_context(seats)
        response = put(client, "ferry", FERRY, "?wait=searchable&wait_seconds=30")
        assert (response.status_code, response.get_json()["state"]) == (202, "queued")
    assert put(client, "ferry", FERRY, "?wait=searchable&wait_seconds=30").status_code == 200


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
    [
        ("IndexDamaged", "The index is damaged."),
        ("OSError", "tried again"),
        ("InboxUnusable", "It is kept and tried again"),
    ],
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
