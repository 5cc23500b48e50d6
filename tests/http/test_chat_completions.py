"""`/v1/chat/completions` as OpenAI's clients ask it; tests/answers drives it with the real one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

RIVER = [{"role": "user", "content": "How did the river rise in the night?"}]


def failed(client: FlaskClient, status: int, **body: object) -> dict[str, Any]:
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == status
    error: dict[str, Any] = response.get_json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def completed(client: FlaskClient, **body: object) -> dict[str, Any]:
    response = client.post("/v1/chat/completions", json={"model": "dateline", **body})
    assert response.status_code == 200, response.text
    completion: dict[str, Any] = response.get_json()
    return completion


def test_members_nobody_here_has_a_use_for_are_passed_over(client: FlaskClient) -> None:
    completion = completed(
        client,
        messages=[{"role": "system", "content": "Be brief.", "name": "x"}, *RIVER],
        temperature=0.2,
        tools=[],
        max_tokens=50,
        user="u",
        stream=None,
        stream_options=None,
        n=None,
        response_format={"type": "text"},
        seed=1,
    )
    assert completion["choices"][0]["message"]["content"].startswith("The river rose")


def test_what_is_said_may_come_in_parts(client: FlaskClient) -> None:
    parts = [{"type": "text", "text": "How did the river "}, {"type": "text", "text": "rise?"}]
    completion = completed(client, messages=[{"role": "user", "content": parts}])
    assert completion["choices"][0]["message"]["annotations"]


def test_an_article_without_an_address_is_cited_by_ours(client: FlaskClient) -> None:
    message = completed(client, messages=RIVER)["choices"][0]["message"]
    urls = [found["url_citation"]["url"] for found in message["annotations"]]
    assert urls[0] == "http://localhost/articles/flood"
    assert client.get(urls[0]).status_code == 200


def test_a_stream_ends_in_done(client: FlaskClient) -> None:
    body = {"model": "dateline", "messages": RIVER, "stream": True}
    response = client.post("/v1/chat/completions", json=body)
    lines = [line for line in response.text.splitlines() if line]
    assert response.mimetype == "text/event-stream"
    assert lines[-1] == "data: [DONE]"
    first = json.loads(lines[0].removeprefix("data: "))
    assert first["choices"][0]["delta"]["role"] == "assistant"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": RIVER}, "model"),
        ({"model": "dateline"}, "messages"),
        ({"model": "dateline", "messages": []}, "messages"),
        ({"model": "dateline", "messages": RIVER, "n": 2}, "n"),
        ({"model": "dateline", "messages": [{"role": "x", "content": "a"}]}, "messages[0].role"),
        ({"model": "dateline", "messages": [{"role": "user"}]}, "messages[0].content"),
        (
            {"model": "dateline", "messages": [{"role": "user", "content": [{"type": "image"}]}]},
            "messages[0].content",
        ),
        (
            {"model": "dateline", "messages": [{"role": "user", "content": 7}]},
            "messages[0].content",
        ),
        (
            {
                "model": "dateline",
                "messages": RIVER,
                "response_format": {"type": "json_object"},
            },
            "response_format.type",
        ),
    ],
)
def test_what_is_not_acceptable_is_named_as_openai_names_it(
    client: FlaskClient, body: dict[str, object], param: str
) -> None:
    error = failed(client, 400, **body)
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["code"] == "invalid_parameters"


def test_another_model_is_not_found(client: FlaskClient) -> None:
    error = failed(client, 404, model="gpt-4o", messages=RIVER)
    assert error["code"] == "model_not_found"
    assert "`dateline`" in error["message"]


@pytest.mark.parametrize("stream", [True, False])
def test_without_an_index_one_is_asked_to_come_back(waiting: FlaskClient, stream: bool) -> None:
    error = failed(waiting, 503, model="dateline", messages=RIVER, stream=stream)
    assert (error["type"], error["code"]) == ("server_error", "index_missing")


def test_a_body_that_is_not_json_is_refused_in_the_same_shape(client: FlaskClient) -> None:
    response = client.post("/v1/chat/completions", data="{", content_type="application/json")
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "malformed_request"


def test_the_models_are_the_one_there_is(client: FlaskClient) -> None:
    listed = client.get("/v1/models").get_json()
    assert [model["id"] for model in listed["data"]] == ["dateline"]
