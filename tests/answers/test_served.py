"""Answers as gunicorn serves them, while the model does whatever models do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api.gunicorn_settings import SEARCHING
from tests.answers.scripted import (
    ScriptedModel,
    Step,
    begin,
    breaks_off,
    delta,
    end,
    fails,
    hold,
    pause,
    raw,
    says,
    scripted_model,
    think,
)
from tests.answers.streams import Stream, finish, half_sent, sent, streaming
from tests.processes import Server, dateline, serving

QUESTION = "How high did the Rhine rise at Cologne?"
STREAMS = 3


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model


@pytest.fixture(scope="module")
def server(
    seeds_index: Path, environment: dict[str, str], model: ScriptedModel
) -> Iterator[Server]:
    """A worker whose model may be at three answers at once, and has two seconds for a word."""
    settings = {
        "DATELINE_LLM_BASE_URL": model.url,
        "DATELINE_LLM_MODEL": "scripted",
        "DATELINE_LLM_STREAMS": str(STREAMS),
        "DATELINE_LLM_SILENCE_SECONDS": "2",
    }
    with serving(seeds_index, {**environment, **settings}) as server:
        yield server


def asked(server: Server) -> list[dict[str, Any]]:
    with streaming(server, "/answers", {"query": QUESTION, "stream": True}) as stream:
        assert stream.response.status == 200
        return list(stream.events())


def assert_no_thread_is_busy(server: Server) -> None:
    """Searches whose bodies are on their way hold all threads but one, and that one answers."""
    with ExitStack() as stack:
        coming = [stack.enter_context(half_sent(server)) for _ in range(SEARCHING + STREAMS)]
        assert b" 200 " in finish(coming.pop())


def waiting(server: Server, stack: ExitStack) -> Stream:
    """An answer the model has been asked for and says nothing about."""
    body = {"query": QUESTION, "stream": True}
    stream = stack.enter_context(streaming(server, "/answers", body))
    assert stream.next_event()["type"] == "search.completed"
    return stream


def test_an_answer_streams_as_it_is_said(server: Server, model: ScriptedModel) -> None:
    model.will(says("It stood at 9.41 metres [", "1", "]. It was", " the most in years [1, 99]."))
    events = asked(server)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    kinds = [event["type"] for event in events]
    assert kinds[0] == "search.completed"
    assert kinds[-2:] == ["answer.verified", "answer.completed"]
    completed = events[-1]
    deltas = [event for event in events if event["type"] == "answer.delta"]
    assert "".join(event["text"] for event in deltas) == completed["answer"]
    assert completed["answer"].endswith("the most in years [1].")
    assert all(event["text"].count("[") == event["text"].count("]") for event in deltas)
    assert completed["unknown_markers"] == [99]
    assert completed["degraded"] == []
    cited = [event for event in events if event["type"] == "answer.citation"]
    assert [event["marker"] for event in cited] == [
        citation["marker"] for citation in completed["citations"]
    ]
    assert_no_thread_is_busy(server)


def test_the_spans_of_a_citation_hold_on_both_sides(server: Server, model: ScriptedModel) -> None:
    model.will(says("🌊 It stood at 9.41 metres [1]."))
    answer = asked(server)[-1]
    [cited] = answer["citations"]
    text = server.get(f"/articles/{cited['article']['id']}").json["text"]
    assert text[cited["start"] : cited["end"]] == cited["text"]
    said = answer["answer"]
    assert said[cited["marker"]["start"] : cited["marker"]["end"]] == "[1]"
    assert said[cited["answer"]["start"] : cited["answer"]["end"]] == "🌊 It stood at 9.41 metres"


FAILING: dict[str, list[Step]] = {
    "429": fails(429),
    "500": fails(500),
    "cut": breaks_off("It stood at 9.41 metres [1"),
    "ended too soon": [begin, delta(content="It stood"), end],
    "refusal": [begin, delta(refusal="I cannot."), delta("stop"), end],
    "malformed": [begin, raw('data: {"choices": [\n\n'), end],
    "slow first word": [begin, hold],
    "stalled": [begin, delta(content="It stood"), hold],
}


@pytest.mark.parametrize("name", FAILING)
def test_a_model_that_fails_is_done_without_and_keeps_no_thread_busy(
    server: Server, model: ScriptedModel, name: str
) -> None:
    model.will(FAILING[name])
    answer = asked(server)[-1]
    assert answer["type"] == "answer.completed"
    assert answer["degraded"] == ["llm"]
    assert answer["citations"]
    for cited in answer["citations"]:
        assert answer["answer"][cited["answer"]["start"] :].startswith(cited["text"])
    model.wait_until(lambda: model.open == 0)
    assert_no_thread_is_busy(server)


def test_who_waits_gets_heartbeats(server: Server, model: ScriptedModel) -> None:
    model.will([begin, pause(1.5), *says("It rose [1].")[1:]])
    with streaming(server, "/answers", {"query": QUESTION, "stream": True}) as stream:
        assert ": heartbeat" in list(stream.lines())


def test_a_client_that_goes_frees_its_thread_and_the_model(
    server: Server, model: ScriptedModel
) -> None:
    gone = model.gone
    model.will([begin, hold])
    with ExitStack() as stack:
        waiting(server, stack).hang_up()
        model.wait_until(lambda: model.gone == gone + 1)
    model.wait_until(lambda: model.open == 0)
    assert_no_thread_is_busy(server)


def test_so_does_one_that_did_not_want_a_stream(server: Server, model: ScriptedModel) -> None:
    gone = model.gone
    model.will([begin, hold])
    with sent(server, "/answers", {"query": QUESTION}) as connection:
        model.wait_until(lambda: model.open == 1)
        connection.close()
        model.wait_until(lambda: model.gone == gone + 1)
    assert_no_thread_is_busy(server)


def test_searches_go_on_while_as_many_answers_wait_as_may(
    server: Server, model: ScriptedModel
) -> None:
    endless: list[Step] = [begin, think]
    model.will(*[endless] * STREAMS)
    with ExitStack() as stack:
        for _ in range(STREAMS):
            waiting(server, stack)
        model.wait_until(lambda: model.open == STREAMS)
        assert server.get("/search", q="Rhine").status == 200
        # One more answer does without the model, instead of taking a thread from searches.
        assert asked(server)[-1]["degraded"] == ["llm"]
        busy = [stack.enter_context(half_sent(server)) for _ in range(SEARCHING)]
        assert b" 200 " in finish(busy.pop())
    model.wait_until(lambda: model.open == 0)
    assert_no_thread_is_busy(server)


def test_without_a_stream_the_same_comes_in_one_piece(server: Server, model: ScriptedModel) -> None:
    model.will(says("It stood at 9.41 metres [1]."), says("It stood at 9.41 metres [1]."))
    streamed = asked(server)[-1]
    whole = server.send("POST", "/answers", "", {"query": QUESTION})
    assert whole.headers["Cache-Control"] == "no-store"
    own = {"type", "sequence_number", "took_ms"}
    assert {name: value for name, value in streamed.items() if name not in own} == {
        name: value for name, value in whole.json.items() if name not in own
    }


def test_a_model_without_its_package_keeps_the_server_from_starting(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "openai.py").write_text("raise ImportError")
    settings = {
        "DATELINE_LLM_BASE_URL": "http://127.0.0.1:9/v1",
        "DATELINE_LLM_MODEL": "any",
        "PYTHONPATH": f"{tmp_path}:{environment.get('PYTHONPATH', '')}",
    }
    done = dateline("serve", "--index", seeds_index, env={**environment, **settings}, code=1)
    assert "pip install 'dateline[answers]'" in done.stderr
