"""The vector store over indexes that are out of the ordinary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from api.app import build
from api.search.method import Method
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import DEFENCE, METHOD, WEIGHTS, publish, searcher_over

UNCALIBRATED = Method(replace(WEIGHTS, model="d" * 64))


def asked(searcher: Searcher, **members: Any) -> TestResponse:
    client = build(ApiSettings(), searcher).test_client()
    body = {"query": "island deployments", **members}
    return client.post("/v1/vector_stores/vs_dateline/search", json=body)


def test_attributes_longer_than_openai_allows_are_left_out(index: LocalEngine) -> None:
    long = replace(DEFENCE, url=f"https://meridian.example/{'x' * 512}", title="島" * 512)
    publish(index, long)
    filters = {"type": "eq", "key": "article_id", "value": long.id}
    [result, *_] = asked(searcher_over(index), filters=filters).get_json()["data"]
    assert "url" not in result["attributes"]
    assert result["attributes"]["title"] == result["filename"] == long.title


def test_without_calibration_scores_only_order(index: LocalEngine) -> None:
    results = asked(searcher_over(index, UNCALIBRATED)).get_json()["data"]
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_without_calibration_a_threshold_is_refused(index: LocalEngine) -> None:
    options = {"score_threshold": 0.5}
    response = asked(searcher_over(index, UNCALIBRATED), ranking_options=options)
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "not_calibrated"


def test_a_generation_that_is_gone_is_told(index: LocalEngine, tmp_path: Path) -> None:
    page = asked(searcher_over(index), max_num_results=1).get_json()["next_page"]
    other = LocalEngine(tmp_path / "other")
    publish(other, DEFENCE)
    response = asked(searcher_over(other), max_num_results=1, page=page)
    assert response.status_code == 410
    error = response.get_json()["error"]
    assert (error["code"], error["param"]) == ("stale_cursor", "page")
    assert "leave `page` out" in error["message"]


def test_an_index_that_is_not_there_is_told(tmp_path: Path) -> None:
    response = asked(searcher_over(LocalEngine(tmp_path / "none"), METHOD))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.get_json()["error"]["type"] == "server_error"
