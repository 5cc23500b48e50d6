"""`/articles/{id}/similar` and `/passages/{id}/similar`: what is near in meaning."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient

from indexer.documents import Article
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.vectors import Vectors
from tests.http.newsroom import (
    DEFENCE,
    FLOOD,
    HEADLESS,
    ISLANDS,
    HashingEncoder,
    go_on,
    passages_of,
    publish,
)
from tests.http.problems import assert_problem, invalid


def similar(client: FlaskClient, kind: str, id_: str, query_string: str = "") -> list[Any]:
    response = client.get(f"/{kind}/{quote(id_)}/similar?{query_string}")
    assert response.status_code == 200, response.text
    hits: list[Any] = response.get_json()["hits"]
    return hits


def ids(hits: list[Any]) -> list[str]:
    return [hit["article"]["id"] for hit in hits]


def nearest(vector: Vectors, *articles: Article) -> list[tuple[str, float]]:
    """The passage of each article nearest to `vector`, nearest first, by brute force."""
    unit = vector / np.linalg.norm(vector)
    best = []
    for article in articles:
        passages = list(passages_of(article))
        cosines = (vectors(article) @ unit).tolist()
        best.append(max(zip((p.id for p in passages), cosines, strict=True), key=itemgetter(1)))
    return sorted(best, key=itemgetter(1), reverse=True)


def vectors(article: Article) -> Vectors:
    return HashingEncoder().encode_passages([p.text for p in passages_of(article)])


def test_the_articles_nearest_to_the_mean_of_an_article_come_first(client: FlaskClient) -> None:
    found = similar(client, "articles", DEFENCE.id)
    expected = nearest(vectors(DEFENCE).mean(axis=0), ISLANDS, FLOOD, HEADLESS)
    assert [hit["passage"]["id"] for hit in found] == [id_ for id_, _ in expected]
    assert [hit["score"] for hit in found] == pytest.approx(
        [score for _, score in expected], abs=2e-3
    )
    assert [hit["rank"] for hit in found] == [1, 2, 3]


def test_a_neighbour_is_shown_with_its_nearest_passage_and_where_it_is_from(
    client: FlaskClient,
) -> None:
    response = client.get(f"/articles/{DEFENCE.id}/similar?section=Asia")
    body = response.get_json()
    assert list(body) == ["generation", "exact", "hits"]
    (hit,) = body["hits"]
    assert list(hit) == ["rank", "score", "passage", "article", "citation"]
    passage = hit["passage"]
    assert ISLANDS.text[passage["start"] : passage["end"]] == passage["text"]
    assert hit["citation"] == f"“{ISLANDS.title}”, Harbour Post, 16 January 2026"


def test_the_articles_nearest_to_a_passage_leave_its_own_out(client: FlaskClient) -> None:
    found = similar(client, "passages", f"{ISLANDS.id}#0")
    expected = nearest(vectors(ISLANDS)[0], DEFENCE, FLOOD, HEADLESS)
    assert [hit["passage"]["id"] for hit in found] == [id_ for id_, _ in expected]


@pytest.mark.parametrize("address", ["articles/wire/0412-defence", "passages/flood%230"])
def test_neighbours_are_limited_and_filtered(client: FlaskClient, address: str) -> None:
    assert len(client.get(f"/{address}/similar?limit=2").get_json()["hits"]) == 2
    found = client.get(f"/{address}/similar?source=Harbour%20Post&to=2026-01-16").get_json()
    assert ids(found["hits"]) == [ISLANDS.id]


def test_an_article_of_many_passages_does_not_hide_the_next_ones(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    publish(
        index, FLOOD, replace(FLOOD, id="long", text="\n".join(["The river rose."] * 20)), ISLANDS
    )
    assert len(similar(waiting, "articles", FLOOD.id, "limit=2")) == 2


def test_an_article_without_a_passage_is_near_to_nothing(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    encoder = HashingEncoder()
    model = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension)
    with index.draft(model, ChunkingCard(64, 0)) as draft:
        draft.add(FLOOD, list(passages_of(FLOOD)), vectors(FLOOD))
        draft.add(replace(FLOOD, id="empty"), [], encoder.encode_passages([]).reshape(0, 32))
        draft.publish()
    assert similar(waiting, "articles", "empty") == []


@pytest.mark.parametrize(
    "id_", ["https://a.example/b?c#d", "//x//y", "100%", "two\nlines", "a/similar", "similar", "島"]
)
def test_an_id_may_hold_anything(waiting: FlaskClient, index: LocalEngine, id_: str) -> None:
    publish(index, replace(DEFENCE, id=id_), FLOOD)
    assert ids(similar(waiting, "articles", id_)) == [FLOOD.id]
    assert ids(similar(waiting, "passages", f"{id_}#0")) == [FLOOD.id]


def test_an_article_whose_id_ends_in_similar_is_read_at_its_address(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    publish(index, replace(DEFENCE, id="a"), replace(FLOOD, id="a/similar"))
    response = waiting.get("/articles/a/similar")
    assert response.get_json()["text"] == FLOOD.text
    assert response.get_json() == waiting.get("/articles/a%2Fsimilar").get_json()
    known = {"If-None-Match": response.headers["ETag"]}
    assert waiting.get("/articles/a/similar", headers=known).status_code == 304


def test_a_parameter_asks_for_the_neighbours_even_then(
    waiting: FlaskClient, index: LocalEngine
) -> None:
    publish(index, replace(DEFENCE, id="a"), replace(FLOOD, id="a/similar"), ISLANDS)
    assert set(ids(similar(waiting, "articles", "a", "limit=2"))) == {"a/similar", ISLANDS.id}
    assert ids(similar(waiting, "articles", "a/similar")) == ids(
        similar(waiting, "articles", "a/similar", "limit=10")
    )


def test_an_unknown_article_or_passage_is_not_found(client: FlaskClient) -> None:
    assert_problem(client.get("/articles/nope/similar"), 404, "unknown-article")
    problem = assert_problem(client.get("/passages/nope%230/similar"), 404, "unknown-passage")
    assert "nope#0" in problem["detail"]


def test_wrong_parameters_are_refused(client: FlaskClient) -> None:
    for address in ("/articles/flood/similar", "/passages/flood%230/similar"):
        for wrong in ("limit=101", "limit=0", "cursor=a", "mode=dense", "from=soon"):
            (error,) = invalid(client.get(f"{address}?{wrong}"))
            assert error["parameter"] == wrong.partition("=")[0]


@pytest.mark.parametrize("address", ["/articles/flood/similar", "/passages/flood%230/similar"])
def test_neighbours_have_a_tag_by_generation_and_parameters(
    waiting: FlaskClient, index: LocalEngine, address: str
) -> None:
    publish(index, FLOOD, DEFENCE)
    known = waiting.get(address).headers["ETag"]
    assert waiting.get(f"{address}?limit=10").headers["ETag"] == known
    assert waiting.get(f"{address}?limit=9").headers["ETag"] != known
    assert waiting.get(address, headers={"If-None-Match": known}).status_code == 304
    publish(index, ISLANDS)
    go_on(waiting)
    assert waiting.get(address, headers={"If-None-Match": known}).status_code == 200


def test_without_an_index_there_is_nothing_to_be_near_to(waiting: FlaskClient) -> None:
    for address in ("/articles/flood/similar", "/passages/flood%230/similar"):
        assert_problem(waiting.get(address), 503, "index-missing")
