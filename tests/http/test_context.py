"""`POST /context` over HTTP."""

from __future__ import annotations

import sys
from hashlib import sha256

import pytest
import tiktoken
import tiktoken.registry
from flask.testing import FlaskClient

from tests.http.newsroom import DEFENCE

DEPLOYMENTS = {"query": "Nansei island chain deployments", "max_tokens": 200}


def test_the_map_says_where_each_number_comes_from(client: FlaskClient) -> None:
    answer = client.post("/context", json=DEPLOYMENTS).get_json()
    assert (answer["query"], answer["answerable"], answer["reason"]) == (
        DEPLOYMENTS["query"],
        True,
        None,
    )
    first = answer["passages"][0]
    assert first["n"] == 1
    assert first["article"]["id"] == DEFENCE.id
    assert DEFENCE.text[first["start"] : first["end"]] == first["text"]
    assert first["sha256"] == sha256(first["text"].encode()).hexdigest()
    assert first["passage_id"] == first["passage_ids"][0]
    assert first["text"] in answer["text"]


def test_tokens_are_those_of_the_tokenizer_named(client: FlaskClient) -> None:
    answer = client.post("/context", json=DEPLOYMENTS).get_json()
    # The model of this index counts words.
    assert answer["tokenizer"] == "encoder"
    assert answer["tokens"] == len(answer["text"].split()) <= 200


def test_filters_hold(client: FlaskClient) -> None:
    body = {**DEPLOYMENTS, "source": "Harbour Post", "include_weak": True}
    passages = client.post("/context", json=body).get_json()["passages"]
    assert {passage["article"]["source"] for passage in passages} == {"Harbour Post"}


def test_a_question_nothing_answers_says_so(client: FlaskClient) -> None:
    answer = client.post("/context", json={"query": "zeppelin"}).get_json()
    assert (answer["text"], answer["tokens"], answer["passages"]) == ("", 0, [])
    assert (answer["answerable"], answer["reason"]) == (False, "below_threshold")


@pytest.mark.parametrize("tokens", [0, -1, 200_001, 1.5, "many"])
def test_a_budget_that_is_none_is_refused(client: FlaskClient, tokens: object) -> None:
    refused = client.post("/context", json={"query": "x", "max_tokens": tokens})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "#/max_tokens"


def test_an_unknown_tokenizer_is_told_which_there_are(client: FlaskClient) -> None:
    refused = client.post("/context", json={**DEPLOYMENTS, "tokenizer": "abacus"})
    assert refused.status_code == 422
    [error] = refused.get_json()["errors"]
    assert error["pointer"] == "#/tokenizer"
    assert "encoder, gpt2" in error["detail"]


def test_a_tokenizer_of_tiktoken_counts(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Real vocabularies are fetched; this one has a token for each byte.
    letters = tiktoken.Encoding(
        "gpt2",
        pat_str=r"[\s\S]",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={"<|endoftext|>": 256},
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "gpt2", letters)
    body = {**DEPLOYMENTS, "tokenizer": "gpt2", "max_tokens": 600}
    answer = client.post("/context", json=body).get_json()
    assert answer["tokens"] == len(answer["text"].encode()) <= 600
    assert answer["passages"]


def test_a_vocabulary_that_cannot_be_fetched_is_told_as_such(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> dict[str, object]:
        raise ConnectionError("no way out to secret.example")

    tiktoken.list_encoding_names()
    constructors = {**(tiktoken.registry.ENCODING_CONSTRUCTORS or {}), "p50k_base": unreachable}
    monkeypatch.setattr(tiktoken.registry, "ENCODING_CONSTRUCTORS", constructors)
    refused = client.post("/context", json={**DEPLOYMENTS, "tokenizer": "p50k_base"})
    assert refused.status_code == 422
    assert "TIKTOKEN_CACHE_DIR" in refused.get_json()["detail"]
    assert "secret" not in refused.get_data(as_text=True)


def test_the_name_of_a_model_of_openai_stands_for_its_tokenizer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = tiktoken.Encoding(
        "gpt2",
        pat_str=r"[\s\S]",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", letters)
    body = {**DEPLOYMENTS, "tokenizer": "gpt-4o", "max_tokens": 600}
    assert client.post("/context", json=body).get_json()["tokens"] > 0


def test_without_tiktoken_only_the_model_counts(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    refused = client.post("/context", json={**DEPLOYMENTS, "tokenizer": "gpt2"})
    assert refused.status_code == 422
    assert "pip install 'dateline[tiktoken]'" in refused.get_json()["detail"]
    assert client.post("/context", json=DEPLOYMENTS).status_code == 200
