"""Alive and ready are two things: a process waits for its index, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.app import build, create_app
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer.encoders.base import Encoder
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ModelCard
from indexer.errors import ModelUnavailable
from tests.descriptors import descriptors_left
from tests.http.newsroom import ARTICLES, DEFENCE, FLOOD, METHOD, go_on, publish
from tests.http.problems import assert_problem


def without_model(_: ModelCard) -> Encoder:
    raise ModelUnavailable("No weights in /home/somebody/models.")


def test_a_process_is_alive_without_an_index(waiting: FlaskClient) -> None:
    response = waiting.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "alive"})


def test_a_process_with_index_and_model_is_ready(client: FlaskClient) -> None:
    body = client.get("/readyz").get_json()
    [segment] = body.pop("segments")
    assert (segment["articles"], segment["passages"], segment["nearest"]) == (4, 8, None)
    assert body.pop("generation").startswith("000001-")
    assert body == {
        "status": "ready",
        "articles": 4,
        "passages": 8,
        "checks": [
            {"name": "index", "status": "pass", "detail": "Open."},
            {"name": "model", "status": "pass", "detail": "Loaded."},
            {"name": "newest", "status": "pass", "detail": "Served."},
        ],
    }


def test_a_process_without_an_index_says_what_to_do(waiting: FlaskClient) -> None:
    response = waiting.get("/readyz")
    body = response.get_json()
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert body["type"] == "urn:dateline:problem:not-ready"
    assert [(check["name"], check["status"]) for check in body["checks"]] == [
        ("index", "fail"),
        ("model", "unknown"),
    ]
    assert "dateline index" in body["checks"][0]["detail"]


def test_a_process_without_its_model_says_so_and_not_where_it_looked(index: LocalEngine) -> None:
    publish(index, *ARTICLES)
    client = build(ApiSettings(), Searcher(index, without_model, METHOD)).test_client()
    response = client.get("/readyz")
    statuses = [(check["name"], check["status"]) for check in response.get_json()["checks"]]
    assert statuses == [("index", "pass"), ("model", "fail")]
    assert "somebody" not in response.text
    search = client.get("/search?q=rain")
    assert search.get_json()["type"] == "urn:dateline:problem:model-unavailable"
    assert "somebody" not in search.text


def test_a_process_without_descriptors_left_does_not_call_its_index_damaged(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    publish(index, *ARTICLES)
    with descriptors_left(3):
        checks = waiting.get("/readyz").get_json()["checks"]
        assert_problem(waiting.get("/search?q=river"), 503, "resources-exhausted")
    assert "ulimit -n" in checks[0]["detail"]
    assert waiting.get("/readyz").get_json()["status"] == "ready"


def test_a_process_that_cannot_go_on_to_the_newest_generation_is_degraded_and_serves_on(
    waiting: FlaskClient, index: LocalEngine, tmp_path: Path
) -> None:
    before = publish(index, *ARTICLES)
    asked = "/search?q=river&include_weak=true"
    known = waiting.get(asked).get_json()["hits"]
    broken = publish(index, ARTICLES[0])
    (tmp_path / "index" / "generations" / broken / "manifest.json").unlink()
    go_on(waiting)
    response = waiting.get("/readyz")
    body = response.get_json()
    assert (response.status_code, body["status"], body["generation"]) == (200, "degraded", before)
    statuses = [(check["name"], check["status"]) for check in body["checks"]]
    assert statuses == [("index", "pass"), ("model", "pass"), ("newest", "fail")]
    assert "dateline rollback" in body["checks"][2]["detail"]
    assert broken not in response.text
    assert waiting.get(asked).get_json()["hits"] == known


def test_a_process_is_degraded_once_requests_meet_damage_until_that_is_not_served_any_more(
    waiting: FlaskClient, index: LocalEngine, tmp_path: Path
) -> None:
    sound = publish(index, FLOOD)
    publish(index, DEFENCE)
    assert waiting.get("/readyz").get_json()["status"] == "ready"
    store = max((tmp_path / "index" / "segments").glob("*/articles.sqlite"))
    with store.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(store.stat().st_size - 4096))
    assert_problem(waiting.get("/articles"), 503, "index-damaged")
    response = waiting.get("/readyz")
    index_check = response.get_json()["checks"][0]
    assert (response.status_code, response.get_json()["status"]) == (200, "degraded")
    assert (index_check["name"], index_check["status"]) == ("index", "fail")
    assert "dateline rollback" in index_check["detail"]
    index.roll_back(sound)
    go_on(waiting)
    assert waiting.get("/articles").get_json()["articles"][0]["id"] == FLOOD.id
    assert waiting.get("/readyz").get_json()["status"] == "ready"


def test_a_process_whose_index_is_taken_away_serves_on(
    waiting: FlaskClient, index: LocalEngine, tmp_path: Path
) -> None:
    publish(index, *ARTICLES)
    known = waiting.get("/search?q=river").get_json()["hits"]
    (tmp_path / "index").rename(tmp_path / "elsewhere")
    go_on(waiting)
    assert waiting.get("/readyz").get_json()["status"] == "degraded"
    assert waiting.get("/search?q=river").get_json()["hits"] == known
    (tmp_path / "elsewhere").rename(tmp_path / "index")
    go_on(waiting)
    assert waiting.get("/readyz").get_json()["status"] == "ready"


def test_an_index_that_appears_is_served_without_a_restart(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    assert waiting.get("/search?q=river").status_code == 503
    generation = publish(index, *ARTICLES)
    assert waiting.get("/readyz").get_json()["generation"] == generation
    assert waiting.get("/search?q=river").get_json()["hits"][0]["article"]["id"] == "flood"


def test_the_application_starts_from_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATELINE_INDEX", str(tmp_path / "nothing"))
    client = create_app().test_client()
    assert "Not ready yet" in caplog.text
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_process_starts_with_an_index_it_may_not_read(
    index: LocalEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(index, *ARTICLES)
    [manifest] = tmp_path.rglob("manifest.json")
    monkeypatch.setenv("DATELINE_INDEX", str(manifest.parents[2]))
    manifest.unlink()
    # Refused even to root, whom permissions do not stop.
    manifest.symlink_to(manifest.name)
    client = create_app().test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/search?q=ferry").status_code == 503
