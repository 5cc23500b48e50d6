"""One article over HTTP: put, corrected, withdrawn, refused."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from indexer.article_json import from_json
from indexer.inbox import Inbox
from indexer.loaders import Loaded, load
from indexer.loaders.languages import _identifier
from tests.http.problems import assert_problem
from tests.http.writing.desk import FERRY, KEY, post, put, waiting_ids


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


def test_an_address_that_is_no_text_names_no_article(client: FlaskClient, inbox: Inbox) -> None:
    for method in ("PUT", "DELETE", "GET"):
        raw = {"PATH_INFO": "/articles/caf\xe9"}
        response = client.open(
            "/articles/x", method=method, json={"text": "One."}, headers=KEY, environ_overrides=raw
        )
        assert_problem(response, 400, "malformed-request")
    assert put(client, "caf%C3%A9", {"text": "One."}).status_code == 202
    assert waiting_ids(inbox) == ["café"]


def test_an_article_that_finds_no_room_for_temporary_files_can_be_sent_again(
    client: FlaskClient, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = {"text": "The bridge over the river is shut until the spring."}
    _identifier.cache_clear()
    with monkeypatch.context() as full:
        full.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        responses = put(client, "bridge", bare), post(client, json.dumps([{"id": "b", **bare}]))
    for response in responses:
        assert_problem(response, 503, "temporary-unusable")
        assert str(tmp_path) not in response.text
    assert waiting_ids(inbox) == []
    assert put(client, "bridge", bare).status_code == 202
