"""`POST /search/why-not`: what kept an article out of the hits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from indexer.engines.local import LocalEngine
from tests.http.newsroom import DEFENCE, FLOOD, HEADLESS, ISLANDS, publish
from tests.http.problems import assert_problem, invalid

QUESTION = "Nansei island chain deployments"


def ask(client: FlaskClient, article_id: str, **parameters: object) -> dict[str, Any]:
    body = {"query": QUESTION, "article_id": article_id, **parameters}
    response = client.post("/search/why-not", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def test_an_article_nobody_has_indexed_is_an_answer_too(client: FlaskClient) -> None:
    answer = ask(client, "nope")
    assert answer.pop("generation").startswith("000001-")
    assert "“nope”" in answer.pop("message")
    assert answer == {
        "query": QUESTION,
        "article_id": "nope",
        "verdict": "not_indexed",
        "excluded_by": [],
        **dict.fromkeys(
            ("passage", "rank", "dense_rank", "lexical_rank", "score", "relevance", "needed")
        ),
        "explanation": None,
    }


def test_the_conditions_it_does_not_meet_are_named(client: FlaskClient) -> None:
    answer = ask(
        client,
        DEFENCE.id,
        query=f'{QUESTION} "ferry" -drill',
        source="Harbour Post",
        language="en",
        to="2026-01-01",
    )
    assert answer["verdict"] == "excluded"
    assert answer["excluded_by"] == ["source", "to", '"ferry"']
    assert "source, to and" in answer["message"]


def test_a_hit_is_told_with_its_place_and_how_it_came_there(client: FlaskClient) -> None:
    answer = ask(client, DEFENCE.id)
    asked = {"q": QUESTION, "limit": 1, "explain": "true"}
    (hit,) = client.get("/search", query_string=asked).get_json()["hits"]
    assert answer["verdict"] == "found"
    assert answer["message"] == "It is hit 1."
    assert answer["needed"] is None
    told = ("rank", "score", "relevance", "passage", "explanation")
    assert {name: answer[name] for name in told} == {name: hit[name] for name in told}


def test_what_others_outrank_is_told_its_place(client: FlaskClient) -> None:
    answer = ask(client, ISLANDS.id, limit=1)
    assert answer["verdict"] == "outranked"
    assert answer["rank"] > 1
    assert f"It is hit {answer['rank']}, and the first 1" in answer["message"]


def test_what_is_too_weak_is_told_what_it_needs(client: FlaskClient) -> None:
    answer = ask(client, HEADLESS.id, min_relevance=0.8)
    assert answer["verdict"] == "weak"
    assert answer["rank"] is None
    assert answer["needed"]["name"] == "relevance"
    assert answer["needed"]["bound"] == 0.8
    assert answer["needed"]["had"] == pytest.approx(answer["relevance"], abs=1e-4)
    assert "80 % are needed" in answer["message"]


def test_where_nothing_answers_that_is_the_reason(client: FlaskClient) -> None:
    answer = ask(client, DEFENCE.id, query="zyzzyva qoph")
    assert answer["verdict"] == "not_answerable"
    assert answer["needed"]["bound"] == 0.5
    assert "50 % are needed" in answer["message"]


def test_what_is_no_hit_is_explained_by_its_ranks_over_all_passages(client: FlaskClient) -> None:
    answer = ask(client, HEADLESS.id, min_relevance=0.8)
    assert answer["dense_rank"] > 1
    assert answer["explanation"]["dense_rank"] == answer["dense_rank"]


def test_in_a_list_by_date_it_is_told_its_place_there(client: FlaskClient) -> None:
    answer = ask(client, DEFENCE.id, sort="newest", collapse="article", include_weak=True, limit=2)
    assert (answer["verdict"], answer["rank"], answer["needed"]) == ("outranked", 3, None)


def test_with_weak_hits_included_it_is_found(client: FlaskClient) -> None:
    answer = ask(client, DEFENCE.id, query="zyzzyva qoph", include_weak=True, limit=100)
    assert answer["verdict"] == "found"


def test_without_a_word_in_common_there_is_no_match_by_words(client: FlaskClient) -> None:
    answer = ask(client, FLOOD.id, query="Nansei", mode="lexical")
    assert answer["verdict"] == "without_match"
    assert "has a word of the question" in answer["message"]


def test_the_article_is_found_by_any_id(waiting: FlaskClient, index: LocalEngine) -> None:
    publish(index, replace(DEFENCE, id="a#b?c/d"))
    assert ask(waiting, "a#b?c/d")["verdict"] == "found"


def test_it_takes_what_a_search_takes_but_a_cursor(client: FlaskClient) -> None:
    taken = {
        "mode": "dense",
        "limit": 3,
        "collapse": "article",
        "sort": "newest",
        "min_relevance": 0.1,
        "include_weak": True,
        "recency_half_life": "7d",
        "facets": "source",
        "explain": True,
        "from": "2026-01-01",
        "to": "2026-02-01",
        "source": ["Meridian Wire"],
        "exclude_source": "Post",
        "section": "World",
        "language": "en",
        "author": "Ana Ruiz",
    }
    assert ask(client, DEFENCE.id, **taken)["verdict"] == "found"
    (error,) = invalid(
        client.post("/search/why-not", json={"query": "a", "article_id": "b", "cursor": "c"})
    )
    assert error["pointer"] == "#/cursor"


@pytest.mark.parametrize("name", ["query", "article_id"])
@pytest.mark.parametrize("value", [None, 3, "", ["a"]])
def test_question_and_article_are_needed(client: FlaskClient, name: str, value: object) -> None:
    body = {"query": "rain", "article_id": "flood", name: value}
    (error,) = invalid(client.post("/search/why-not", json=body))
    assert error["pointer"] == f"#/{name}"


def test_it_is_asked_with_a_body(client: FlaskClient) -> None:
    assert_problem(client.get("/search/why-not"), 405, "method-not-allowed")
    assert_problem(client.post("/search/why-not", data="{}"), 415, "unsupported-media-type")


def test_without_an_index_one_is_asked_to_come_back(waiting: FlaskClient) -> None:
    response = waiting.post("/search/why-not", json={"query": "a", "article_id": "b"})
    assert_problem(response, 503, "index-missing")
