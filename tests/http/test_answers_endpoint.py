"""`POST /answers`, without a model: what it takes, what it gives, what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import build
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from indexer.vectors import Vectors
from tests.answers.streams import events_in
from tests.http.newsroom import ARTICLES, DEFENCE, FLOOD, METHOD, HashingEncoder, publish

RIVER = "How did the river rise in the night?"


def asked(client: FlaskClient, **body: object) -> dict[str, Any]:
    response = client.post("/answers", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def refused(client: FlaskClient, **body: object) -> list[dict[str, str]]:
    response = client.post("/answers", json=body)
    assert response.status_code == 422
    errors: list[dict[str, str]] = response.get_json()["errors"]
    return errors


def streamed(client: FlaskClient, **body: object) -> list[dict[str, Any]]:
    response = client.post("/answers", json={**body, "stream": True})
    assert response.status_code == 200
    return list(events_in(iter(response.text.splitlines())))


def user(*contents: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content} for content in contents]


def test_an_answer_has_its_members_in_this_order(client: FlaskClient) -> None:
    assert list(asked(client, query=RIVER)) == [
        *("query", "generation", "answerable", "reason", "answer", "citations", "sentences"),
        *("passages", "unknown_markers", "degraded", "took_ms"),
    ]


def test_both_spans_of_a_citation_are_the_same_text(client: FlaskClient) -> None:
    answer = asked(client, query=RIVER)
    for cited in answer["citations"]:
        span = cited["answer"]
        article = client.get(f"/articles/{cited['article']['id']}").get_json()
        assert answer["answer"][span["start"] : span["end"]] == cited["text"]
        assert article["text"][cited["start"] : cited["end"]] == cited["text"]


def test_a_citation_names_a_passage_the_context_shows(client: FlaskClient) -> None:
    answer = asked(client, query=RIVER)
    numbers = {passage["n"] for passage in answer["passages"]}
    assert {cited["n"] for cited in answer["citations"]} <= numbers


def test_what_nothing_answers_is_refused_with_the_reason(client: FlaskClient) -> None:
    answer = asked(client, query="price of unobtainium")
    assert (answer["answerable"], answer["reason"]) == (False, "below_threshold")
    assert answer["answer"] == "Nothing in the index answers this."
    assert (answer["citations"], answer["sentences"]) == ([], [])


def test_filters_hold_for_answers(client: FlaskClient) -> None:
    question = "deployments on the island chain"
    answer = asked(client, query=question, source="Meridian Wire")
    assert {cited["article"]["id"] for cited in answer["citations"]} == {DEFENCE.id}
    nobody = asked(client, query=question, source="Nobody")
    assert nobody["reason"] == "filters_exclude_all"


def test_the_last_message_of_a_conversation_is_the_question(client: FlaskClient) -> None:
    messages = [
        {"role": "system", "content": "Answer like a pirate."},
        *user("Where are deployments on the table?"),
        {"role": "assistant", "content": "On the island chain. [1]"},
        *user(RIVER),
    ]
    answer = asked(client, messages=messages)
    assert answer["query"] == RIVER
    assert answer["citations"][0]["article"]["id"] == FLOOD.id


def test_a_followup_takes_words_of_the_question_before(client: FlaskClient) -> None:
    answer = asked(client, messages=user(RIVER, "And schools?"))
    assert answer["query"].startswith("And schools? ")
    assert "river" in answer["query"]


def test_a_stream_ends_in_the_whole_answer(client: FlaskClient) -> None:
    events = streamed(client, query=RIVER)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    completed = events[-1]
    whole = asked(client, query=RIVER)
    assert {**whole, "took_ms": 0} == {
        **{name: completed[name] for name in whole},
        "took_ms": 0,
    }
    searched = events[0]
    assert searched["type"] == "search.completed"
    assert searched["passages"] == whole["passages"]


def test_a_stream_is_not_to_be_kept_or_held_back(client: FlaskClient) -> None:
    response = client.post("/answers", json={"query": RIVER, "stream": True})
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"


def test_a_refusal_streams_too(client: FlaskClient) -> None:
    kinds = [event["type"] for event in streamed(client, query="price of unobtainium")]
    assert kinds == ["search.completed", "answer.delta", "answer.verified", "answer.completed"]


@pytest.mark.parametrize("stream", [True, False])
def test_what_fails_before_the_first_event_is_a_problem(waiting: FlaskClient, stream: bool) -> None:
    response = waiting.post("/answers", json={"query": RIVER, "stream": stream})
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert response.headers["Retry-After"] == "10"


def test_sentences_are_told_as_verify_tells_them(client: FlaskClient) -> None:
    answer = asked(client, query=RIVER)
    citations = [
        {"n": passage["n"], "article_id": passage["article"]["id"]}
        | {name: passage[name] for name in ("start", "end", "sha256")}
        for passage in answer["passages"]
    ]
    body = {"answer": answer["answer"], "citations": citations}
    assert answer["sentences"] == client.post("/verify", json=body).get_json()["sentences"]
    assert answer["sentences"][0]["verdict"] == "supported"


class BreaksLater(HashingEncoder):
    """A model that fails once the question is encoded, in a way nobody foresaw."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if self.queries:
            raise RuntimeError("tensor 7 of /srv/secret/model.onnx has rank 3")
        return super().encode_queries(texts)


@pytest.fixture
def breaking(index: LocalEngine) -> FlaskClient:
    """A client of an application that fails when an answer is written and not yet checked."""
    publish(index, *ARTICLES)
    encoder = BreaksLater()
    return build(ApiSettings(), Searcher(index, lambda _: encoder, METHOD)).test_client()


def test_what_fails_later_is_an_event_that_tells_nothing_internal(breaking: FlaskClient) -> None:
    *_, delta, citation, error = streamed(breaking, query=RIVER)
    assert (delta["type"], citation["type"]) == ("answer.delta", "answer.citation")
    assert error["type"] == "error"
    assert error["problem"] == "urn:dateline:problem:internal-error"
    assert error["status"] == 500
    assert error["instance"].startswith("urn:uuid:")
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/query"),
        ({"query": "rain", "messages": user("rain")}, "#/query"),
        ({"query": ""}, "#/query"),
        ({"query": "x" * 2049}, "#/query"),
        ({"messages": []}, "#/messages"),
        ({"messages": "rain"}, "#/messages"),
        ({"messages": user(*["rain"] * 101)}, "#/messages"),
        ({"messages": user("x" * 2049)}, "#/messages/0/content"),
        ({"messages": [{"role": "assistant", "content": "Rain."}]}, "#/messages/0/role"),
        ({"messages": [{"role": "pirate", "content": "Rain."}]}, "#/messages/0/role"),
        ({"messages": [{"content": "Rain."}]}, "#/messages/0/role"),
        ({"messages": [{"role": "user", "content": "Rain.", "name": "a"}]}, "#/messages/0/name"),
        ({"query": "rain", "max_tokens": 10}, "#/max_tokens"),
        ({"query": "rain", "max_tokens": True}, "#/max_tokens"),
        ({"query": "rain", "stream": 1}, "#/stream"),
        ({"query": "rain", "from": "yesterday"}, "#/from"),
        ({"query": "rain", "limit": 3}, "#/limit"),
    ],
)
def test_what_is_not_acceptable_is_pointed_at(
    client: FlaskClient, body: dict[str, object], pointer: str
) -> None:
    assert [error["pointer"] for error in refused(client, **body)] == [pointer]
