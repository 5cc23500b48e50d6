"""What an answer tells besides its passages: relevance, verdict, counts, and reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from api.app import build
from api.schemas.hits import HitSchema
from api.schemas.search import Answer, SearchResponse
from api.search.query import Explanation, Hit, Query, Ranking, Signal, Total
from api.settings import ApiSettings
from indexer.documents import Passage, Span
from indexer.engines.local import LocalEngine
from tests.http.newsroom import (
    ARTICLES,
    DEFENCE,
    FLOOD,
    ISLANDS,
    METHOD,
    WEIGHTS,
    passages_of,
    publish,
    searcher_over,
)

QUESTION = "Nansei island chain deployments"
HOPELESS = "zyzzyva qoph"


def ask(client: FlaskClient, question: str = QUESTION, **parameters: object) -> dict[str, Any]:
    response = client.get("/search", query_string={"q": question, **parameters})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def passages(answer: dict[str, Any]) -> list[str]:
    return [hit["passage"]["id"] for hit in answer["hits"]]


def articles(answer: dict[str, Any]) -> list[str]:
    return [hit["article"]["id"] for hit in answer["hits"]]


def verdict(answer: dict[str, Any]) -> tuple[bool | None, str | None]:
    return answer["answerable"], answer["reason"]


@pytest.fixture
def uncalibrated(index: LocalEngine) -> FlaskClient:
    """A client of an index whose model is another than that of the weights."""
    publish(index, *ARTICLES)
    method = replace(METHOD, weights=replace(WEIGHTS, model="d" * 64))
    return build(ApiSettings(), searcher_over(index, method)).test_client()


def test_a_question_nothing_answers_has_no_hits_and_says_why(client: FlaskClient) -> None:
    answer = ask(client, HOPELESS)
    assert verdict(answer) == (False, "below_threshold")
    assert (answer["hits"], answer["total"]) == ([], {"value": 0, "relation": "eq"})


def test_weak_hits_are_shown_when_asked_for_and_stay_no_answer(client: FlaskClient) -> None:
    answer = ask(client, HOPELESS, include_weak="true")
    assert verdict(answer) == (False, "below_threshold")
    assert len(answer["hits"]) == 8
    assert all(hit["relevance"] < 0.5 for hit in answer["hits"])


def test_without_a_word_in_common_there_are_no_candidates_by_words(client: FlaskClient) -> None:
    answer = ask(client, HOPELESS, mode="lexical")
    assert verdict(answer) == (False, "no_candidates")


def test_filters_that_let_nothing_pass_are_the_reason(client: FlaskClient) -> None:
    assert verdict(ask(client, source="nobody")) == (False, "filters_exclude_all")


def test_a_least_relevance_takes_the_place_of_the_threshold(client: FlaskClient) -> None:
    every = ask(client, min_relevance=0)
    assert len(every["hits"]) == 8
    relevances = sorted((hit["relevance"] for hit in every["hits"]), reverse=True)
    some = ask(client, min_relevance=relevances[2])
    assert [hit["relevance"] for hit in some["hits"]] == relevances[:3]
    assert verdict(some) == (True, None)
    assert verdict(ask(client, min_relevance=1)) == (False, "below_threshold")


def test_a_model_nobody_has_calibrated_has_no_relevance_and_no_verdict(
    uncalibrated: FlaskClient,
) -> None:
    answer = ask(uncalibrated, HOPELESS)
    assert verdict(answer) == (None, None)
    assert [hit["relevance"] for hit in answer["hits"]] == [None] * 8


def test_a_model_nobody_has_calibrated_still_tells_when_nothing_is_there(
    uncalibrated: FlaskClient,
) -> None:
    assert verdict(ask(uncalibrated, source="nobody")) == (False, "filters_exclude_all")


def test_figures_are_rounded(client: FlaskClient) -> None:
    hit = ask(client, explain="true")["hits"][0]
    assert hit["relevance"] == round(hit["relevance"], 4)
    assert hit["score"] == round(hit["score"], 6)
    assert hit["explanation"]["fused"] == hit["score"]


def test_what_was_not_asked_for_is_not_there(client: FlaskClient) -> None:
    answer = ask(client)
    assert "facets" not in answer
    assert not {"collapsed", "explanation"} & answer["hits"][0].keys()


def test_collapsed_passages_stand_under_the_best_of_their_article(client: FlaskClient) -> None:
    answer = ask(client, collapse="article", include_weak="true")
    assert articles(answer) == [DEFENCE.id, ISLANDS.id, *articles(answer)[2:]]
    assert answer["total"]["value"] == 4
    hit = answer["hits"][0]
    assert hit["passage"]["id"] == f"{DEFENCE.id}#1"
    assert {passage["id"] for passage in hit["collapsed"]} == {
        f"{DEFENCE.id}#0",
        f"{DEFENCE.id}#2",
    }
    assert all(
        passage["text"] == DEFENCE.text[passage["start"] : passage["end"]]
        for passage in hit["collapsed"]
    )


def test_hits_can_be_in_the_order_of_their_dates(client: FlaskClient) -> None:
    newest = articles(ask(client, sort="newest", collapse="article", include_weak="true"))
    assert newest == [FLOOD.id, ISLANDS.id, DEFENCE.id, "leaflet"]
    oldest = articles(ask(client, sort="oldest", collapse="article", include_weak="true"))
    assert oldest == [DEFENCE.id, ISLANDS.id, FLOOD.id, "leaflet"]


def test_a_list_by_date_holds_only_what_answers(client: FlaskClient) -> None:
    best = ask(client, sort="newest")
    assert FLOOD.id not in articles(best)
    assert all(hit["relevance"] >= 0.5 for hit in best["hits"])


def test_facets_count_the_hits_by_value(client: FlaskClient) -> None:
    facets = ["author", "source"]
    answer = ask(client, facets=facets, collapse="article", include_weak="true")
    assert answer["facets"] == {
        "source": [
            {"value": "Meridian Wire", "count": 2},
            {"value": "Harbour Post", "count": 1},
        ],
        "author": [{"value": "Ana Ruiz", "count": 1}, {"value": "Ken Mori", "count": 1}],
    }


def test_an_explanation_adds_up_to_the_score(client: FlaskClient) -> None:
    for hit in ask(client, explain="true")["hits"]:
        found = hit["explanation"]
        assert [signal["name"] for signal in found["signals"]] == list(WEIGHTS.layered)
        for signal in found["signals"]:
            assert signal["part"] == pytest.approx(signal["value"] * signal["weight"], abs=1e-5)
        parts = sum(signal["part"] for signal in found["signals"])
        assert parts == pytest.approx(hit["score"], abs=1e-4)
        assert (found["reranked_from"], found["recency"]) == (None, None)


def test_an_explanation_tells_the_ranks_by_meaning_and_by_words(client: FlaskClient) -> None:
    best = ask(client, explain="true")["hits"][0]["explanation"]
    assert (best["dense_rank"], best["lexical_rank"]) == (1, 1)
    [flood] = ask(client, "river", explain="true", limit=1)["hits"]
    assert flood["explanation"]["lexical_rank"] == 1


def test_recency_shows_in_the_explanation_and_lowers_the_score(client: FlaskClient) -> None:
    parameters = {"explain": "true", "include_weak": "true", "article_id": DEFENCE.id}
    plain = ask(client, **parameters)["hits"][0]
    aged = ask(client, **parameters, recency_half_life="1d")["hits"][0]
    assert 0.7 < aged["explanation"]["recency"] < 1
    assert aged["explanation"]["fused"] == plain["score"]
    factor = aged["explanation"]["recency"]
    assert aged["score"] == pytest.approx(plain["score"] * factor, abs=1e-5)


def test_a_question_may_ask_for_the_latest_itself(client: FlaskClient) -> None:
    answer = ask(client, f"latest {QUESTION}", explain="true", article_id=DEFENCE.id)
    assert answer["hits"][0]["explanation"]["recency"] < 1


def test_quoted_words_must_be_there_and_excluded_ones_must_not(client: FlaskClient) -> None:
    found = passages(ask(client, '"island chain" -ferries', include_weak="true"))
    assert set(found) == {f"{DEFENCE.id}#1", f"{ISLANDS.id}#0"}


def test_a_question_may_name_sources_and_days(client: FlaskClient) -> None:
    written = f'{QUESTION} source:"Meridian Wire" after:2026-01-17'
    assert set(articles(ask(client, written, include_weak="true"))) == {FLOOD.id}


def test_no_quotes_and_colons_are_an_error(client: FlaskClient) -> None:
    for question in ('"', "source:", "after:never", "-", '-"', "a:b:c", "AND OR (NOT", "*"):
        assert client.get("/search", query_string={"q": question}).status_code == 200


def test_highlights_are_shown_with_their_text() -> None:
    passage = list(passages_of(DEFENCE))[1]
    start = passage.start + len("Deployments along the Nansei island chain were on the table. ")
    hit = Hit(1, 1.5, None, passage, DEFENCE, highlights=(Span(start, passage.end),))
    ranking = Ranking("000001-0", (hit,), Total(1, "eq"), None)
    dumped: Any = SearchResponse().dump(Answer(Query("drill"), ranking, 1.0))
    assert dumped["hits"][0]["highlights"] == [
        {"start": start, "end": passage.end, "text": "🛰 A drill follows in March."}
    ]


@pytest.mark.parametrize("left_out", [(), ("collapsed",), ("collapsed", "explanation")])
def test_hits_are_written_as_their_schema_says(
    index: LocalEngine, left_out: tuple[str, ...]
) -> None:
    publish(index, *ARTICLES)
    asked = Query("island rivers", explain=True, collapse="article", include_weak=True)
    schema = HitSchema(exclude=left_out)
    for hit in searcher_over(index).search(asked).hits:
        for one in (hit, replace(hit, relevance=None)):
            assert list(schema.dump(one).items()) == list(Schema.dump(schema, one).items())


def test_whatever_was_asked_for_is_there_even_if_empty() -> None:
    explanation = Explanation((Signal("cosine", 0.25, 2.0, 0.5),), None, 2, 0.5, 3, 0.9)
    hit = Hit(*(1, 0.5, 0.123456, Passage("a#0", "a", "", 0, 0), FLOOD), explanation=explanation)
    ranking = Ranking("000001-0", (hit,), Total(1, "eq"), None, facets={"author": ()})
    query = Query("rain", collapse="article", facets=("author",), explain=True)
    dumped: Any = SearchResponse().dump(Answer(query, ranking, 1.0))
    assert dumped["facets"] == {"author": []}
    assert dumped["hits"][0]["relevance"] == 0.1235
    assert dumped["hits"][0]["collapsed"] == []
    assert dumped["hits"][0]["explanation"] == {
        "signals": [{"name": "cosine", "value": 0.25, "weight": 2.0, "part": 0.5}],
        "dense_rank": None,
        "lexical_rank": 2,
        "fused": 0.5,
        "reranked_from": 3,
        "recency": 0.9,
    }
