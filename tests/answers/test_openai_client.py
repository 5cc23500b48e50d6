"""The chat completions of a served index, driven by OpenAI's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tests.answers.scripted import ScriptedModel, begin, breaks_off, says, scripted_model, think
from tests.processes import Server, serving

RHINE: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "How high did the Rhine rise at Cologne?"}
]


@pytest.fixture(scope="module")
def plain(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    """A server without a language model."""
    with serving(seeds_index, environment) as server:
        yield server


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model


@pytest.fixture(scope="module")
def helped(
    seeds_index: Path, environment: dict[str, str], model: ScriptedModel
) -> Iterator[Server]:
    """A server with the scripted model."""
    settings = {"DATELINE_LLM_BASE_URL": model.url, "DATELINE_LLM_MODEL": "scripted"}
    with serving(seeds_index, {**environment, **settings}) as server:
        yield server


def client_of(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0)


@pytest.fixture
def client(plain: Server) -> Iterator[openai.OpenAI]:
    with client_of(plain) as client:
        yield client


@pytest.fixture
def helped_client(helped: Server) -> Iterator[openai.OpenAI]:
    with client_of(helped) as client:
        yield client


def joined(chunks: list[ChatCompletionChunk]) -> tuple[str, list[dict[str, Any]]]:
    """The text of a stream and its annotations, put together as clients do."""
    text, annotations = "", []
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            annotations += (choice.delta.model_extra or {}).get("annotations", [])
    return text, annotations


def test_an_answer_has_its_citations_as_annotations(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="dateline", messages=RHINE)
    [choice] = completion.choices
    text = choice.message.content or ""
    assert "9.41 metres" in text
    assert choice.finish_reason == "stop"
    assert choice.message.annotations
    for annotation in choice.message.annotations:
        cited = annotation.url_citation
        assert text[cited.start_index : cited.end_index].startswith("[")
        assert cited.url.startswith("https://")
        assert cited.title
    assert completion.usage
    assert completion.usage.completion_tokens > 0
    assert completion.usage.total_tokens > completion.usage.completion_tokens


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="dateline", messages=RHINE)
    message = whole.choices[0].message
    chunks = list(
        client.chat.completions.create(
            model="dateline",
            messages=RHINE,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text, annotations = joined(chunks)
    assert text == message.content
    assert annotations == [found.model_dump() for found in message.annotations or []]
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_what_nothing_answers_is_said_plainly(client: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "price of unobtainium"}
    ]
    message = client.chat.completions.create(model="dateline", messages=messages).choices[0].message
    assert message.content == "Nothing in the index answers this."
    assert message.annotations == []


def test_the_models_can_be_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["dateline"]


def test_another_model_is_the_clients_not_found_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-4o", messages=RHINE)
    assert raised.value.code == "model_not_found"


def test_a_bad_request_is_the_clients_bad_request_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="dateline", messages=RHINE, n=2)
    assert raised.value.param == "n"


def test_without_a_model_its_package_is_not_loaded(plain: Server, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="dateline", messages=RHINE)
    for pid in plain.workers():
        # The part of it that is no Python.
        assert "pydantic_core" not in Path(f"/proc/{pid}/maps").read_text()


def test_a_model_streams_through(helped_client: openai.OpenAI, model: ScriptedModel) -> None:
    model.will(says("It stood at 9.41 ", "metres [", "1][99", "]."))
    stream = helped_client.chat.completions.create(model="dateline", messages=RHINE, stream=True)
    text, annotations = joined(list(stream))
    assert text == "It stood at 9.41 metres [1]."
    [annotation] = annotations
    cited = annotation["url_citation"]
    assert text[cited["start_index"] : cited["end_index"]] == "[1]"


def test_after_a_text_that_broke_off_the_answer_follows_in_a_paragraph_of_its_own(
    helped_client: openai.OpenAI, model: ScriptedModel
) -> None:
    model.will(breaks_off("It stood [1] at"))
    stream = helped_client.chat.completions.create(model="dateline", messages=RHINE, stream=True)
    text, annotations = joined(list(stream))
    broken, _, whole = text.partition("\n\n")
    assert broken == "It stood [1] at"
    for annotation in annotations:
        cited = annotation["url_citation"]
        assert cited["start_index"] > len(broken)
        assert text[cited["start_index"] : cited["end_index"]].startswith("[")
    assert "9.41" in whole


def test_a_client_that_goes_ends_the_request_to_the_model(
    helped_client: openai.OpenAI, model: ScriptedModel
) -> None:
    model.will([begin, think])
    stream = helped_client.chat.completions.create(model="dateline", messages=RHINE, stream=True)
    next(stream)
    model.wait_until(lambda: model.open == 1)
    stream.close()
    model.wait_until(lambda: model.open == 0)
