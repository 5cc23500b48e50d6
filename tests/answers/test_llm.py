"""A language model is heard to its end, or it is told plainly why it was not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from api.answers.conversation import Message
from api.answers.endpoint import ModelFailed, ModelSettings
from api.answers.llm import LanguageModel, Usage
from indexer.errors import DatelineError, MissingExtra
from tests.answers.scripted import (
    ScriptedModel,
    Step,
    begin,
    breaks_off,
    delta,
    end,
    fails,
    flood,
    head,
    hold,
    pause,
    raw,
    says,
    think,
)
from tests.processes import free_port

QUESTION = [Message("system", "Answer."), Message("user", "Does it rain?")]


def said(model: LanguageModel) -> str:
    return "".join(piece for piece in model.stream(QUESTION) if isinstance(piece, str))


@contextmanager
def impatient(scripted: ScriptedModel, **settings: float) -> Iterator[LanguageModel]:
    model = LanguageModel(scripted.settings(**settings))
    try:
        yield model
    finally:
        model.close()


def test_the_pieces_come_as_they_are_said(scripted: ScriptedModel, model: LanguageModel) -> None:
    scripted.will(says("It ", "rains ", "[1]."))
    assert said(model) == "It rains [1]."


def test_it_is_asked_with_what_every_such_endpoint_understands_and_no_more(
    scripted: ScriptedModel, model: LanguageModel
) -> None:
    scripted.will(says("Yes."))
    said(model)
    assert scripted.asked == [
        {
            "model": "scripted",
            "stream": True,
            "messages": [
                {"role": "system", "content": "Answer."},
                {"role": "user", "content": "Does it rain?"},
            ],
        }
    ]
    assert scripted.keys == ["Bearer a-key"]


def test_tokens_are_told_where_the_model_counts_them(
    scripted: ScriptedModel, model: LanguageModel
) -> None:
    counted = raw(
        'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}\n\n'
    )
    scripted.will([begin, delta(content="Yes."), delta("stop"), counted, end])
    assert Usage(7, 2) in list(model.stream(QUESTION))


def test_half_a_surrogate_pair_is_no_text(scripted: ScriptedModel, model: LanguageModel) -> None:
    scripted.will(says("\ud83d", "rain"))
    assert said(model) == "?rain"


FAILURES: dict[str, tuple[list[Step], str]] = {
    "429": (fails(429), "status 429"),
    "500": (fails(500), "status 500"),
    "401": (fails(401), "status 401"),
    "cut": (breaks_off("It ra"), "could not be asked"),
    "ended too soon": ([begin, delta(content="It ra"), end], "broke off"),
    "refusal": ([begin, delta(refusal="I cannot."), delta("stop"), end], "refused"),
    "filtered": ([begin, delta(content="It"), delta("content_filter"), end], "refused"),
    "malformed chunk": ([begin, raw('data: {"choices": [{\n\n'), end], "cannot be read"),
    "chunk of another kind": ([begin, raw("data: [1, 2]\n\n"), end], "cannot be read"),
    "choices of another kind": ([begin, raw('data: {"choices": [7]}\n\n'), end], "cannot be read"),
    "content of another kind": ([begin, delta(content=[1]), end], "else than text"),
    "error in the stream": ([begin, raw('data: {"error": {"message": "x"}}\n\n'), end], "be asked"),
    "no stream": ([begin, raw("<html>"), end], "broke off"),
    "nothing said": ([begin, delta(content=" "), delta("stop"), end], "said nothing"),
    "no end": ([begin, *[delta(content="rain " * 2000)] * 3, hold], "did not come to an end"),
    "no end of a line": ([begin, raw("data: "), flood], "more than an answer can be"),
    "no end of an error": ([head(500), flood], "more than an answer can be"),
    "compressed": ([head(Content_Encoding="gzip"), flood], "compressed what it sent"),
    "compressed error": ([head(500, Content_Encoding="br"), flood], "compressed what it sent"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_goes_wrong_is_told_in_words(
    scripted: ScriptedModel, model: LanguageModel, name: str
) -> None:
    reply, told = FAILURES[name]
    scripted.will(reply)
    with pytest.raises(ModelFailed, match=told):
        said(model)


def test_it_can_be_asked_again_after_every_failure(
    scripted: ScriptedModel, model: LanguageModel
) -> None:
    scripted.will(*(reply for reply, _ in FAILURES.values()), says("It rains."))
    for _ in FAILURES:
        with pytest.raises(ModelFailed):
            said(model)
        # One that is only just being closed could fail the next question before it is asked.
        scripted.wait_until(lambda: scripted.open == 0)
    assert said(model) == "It rains."
    scripted.wait_until(lambda: scripted.open == 0)


def test_a_dead_endpoint_is_told_in_words() -> None:
    model = LanguageModel(ModelSettings(f"http://127.0.0.1:{free_port()}/v1", "none"))
    with pytest.raises(ModelFailed, match="could not be asked"):
        said(model)
    model.close()


@pytest.mark.parametrize(
    "reply",
    [[hold], [begin, hold], [begin, delta(content="It ra"), hold]],
    ids=["no answer", "no first word", "stalled"],
)
def test_a_silent_model_is_given_up_and_its_connection_closed(
    scripted: ScriptedModel, reply: list[Step]
) -> None:
    scripted.will(reply)
    with (
        impatient(scripted, silence=0.1) as model,
        pytest.raises(ModelFailed, match="did not answer in time"),
    ):
        said(model)
    scripted.wait_until(lambda: scripted.gone == 1)


def test_a_model_that_goes_on_for_too_long_is_given_up(scripted: ScriptedModel) -> None:
    word: list[Step] = [delta(content="rain "), pause(0.02)]
    scripted.will([begin, *word * 100])
    with impatient(scripted, seconds=0.2) as model, pytest.raises(ModelFailed, match="in time"):
        said(model)
    scripted.wait_until(lambda: scripted.open == 0)


def test_who_waits_is_told_so(scripted: ScriptedModel, model: LanguageModel) -> None:
    scripted.will([begin, pause(0.2), delta(content="Yes."), delta("stop"), end])
    pieces = list(model.stream(QUESTION))
    assert pieces[0] is None
    assert "Yes." in pieces


def test_who_waits_is_told_so_while_the_model_thinks_aloud(
    scripted: ScriptedModel, model: LanguageModel
) -> None:
    scripted.will([begin, think])
    with closing(model.stream(QUESTION)) as pieces:
        assert None in pieces


def test_signs_of_thinking_keep_a_model_from_being_given_up(scripted: ScriptedModel) -> None:
    thinking: list[Step] = [delta(reasoning_content="Hm."), pause(0.1)]
    scripted.will([begin, *thinking * 6, delta(content="Yes."), delta("stop"), end])
    with impatient(scripted, silence=0.4) as model:
        assert said(model) == "Yes."


def test_closing_the_iterator_ends_the_request(
    scripted: ScriptedModel, model: LanguageModel
) -> None:
    scripted.will([begin, delta(content="It ra"), hold])
    with closing(model.stream(QUESTION)) as pieces:
        assert "It ra" in (next(pieces), next(pieces))
        assert scripted.open == 1
    scripted.wait_until(lambda: scripted.gone == 1)


def test_no_more_than_so_many_are_under_way_at_once(scripted: ScriptedModel) -> None:
    scripted.will([begin, hold], says("It rains."))
    with impatient(scripted, streams=1) as model:
        with closing(model.stream(QUESTION)) as waiting:
            next(waiting)
            with pytest.raises(ModelFailed, match="as many questions"):
                said(model)
        assert said(model) == "It rains."


def test_without_the_package_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"pip install 'dateline\[answers\]'"):
        LanguageModel(ModelSettings("http://127.0.0.1:1/v1", "any"))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (ModelSettings("ftp://host/v1", "any"), "DATELINE_LLM_BASE_URL"),
        (ModelSettings("http://user:secret@host/v1", "any"), "DATELINE_LLM_BASE_URL"),
        (ModelSettings("http://host:port/v1", "any"), "DATELINE_LLM_BASE_URL"),
        (ModelSettings("http://host/v1", "any", "a secret"), "DATELINE_LLM_API_KEY"),
    ],
)
def test_settings_that_cannot_be_are_told_without_repeating_them(
    settings: ModelSettings, told: str
) -> None:
    with pytest.raises(DatelineError, match=told) as raised:
        LanguageModel(settings)
    assert "secret" not in str(raised.value)


def test_the_key_is_in_no_message_about_the_settings() -> None:
    assert "a-key" not in repr(ModelSettings("http://host/v1", "any", "a-key"))
