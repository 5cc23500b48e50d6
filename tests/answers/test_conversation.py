"""A follow-up takes along what it points back at."""

from __future__ import annotations

import pytest

from api.answers.conversation import Message, spoken, with_words_before
from api.answers.prompt import MOST_MESSAGES, MOST_SIGNS, to_reword


def asked(*questions: str) -> list[Message]:
    return [Message("user", question) for question in questions]


def test_a_first_question_is_left_as_it_is() -> None:
    assert with_words_before(asked("And it?")) == "And it?"


def test_a_question_that_stands_alone_is_left_as_it_is() -> None:
    conversation = asked("Who won the cup final?", "How high did the Rhine rise at Cologne?")
    assert with_words_before(conversation) == "How high did the Rhine rise at Cologne?"


@pytest.mark.parametrize(
    "followup", ["And in Bonn?", "What did he say about the harbour walls?", "Und wie lange noch?"]
)
def test_one_that_does_not_takes_the_telling_words_of_the_question_before(followup: str) -> None:
    conversation = [
        *asked("How high did the Rhine rise?"),
        Message("assistant", "To 9.41 metres at Cologne. [1]"),
        *asked(followup),
    ]
    assert with_words_before(conversation).startswith(f"{followup} ")
    assert "Rhine" in with_words_before(conversation)
    assert "9.41" not in with_words_before(conversation)


def test_a_word_it_has_itself_is_not_taken_again() -> None:
    assert with_words_before(asked("the Rhine flood", "Rhine, where?")) == "Rhine, where? flood"


def test_instructions_tools_and_silence_are_not_spoken() -> None:
    conversation = [
        Message("system", "Be brief."),
        *asked("Rain?"),
        Message("assistant", ""),
        Message("tool", "{}"),
        Message("assistant", "Yes."),
    ]
    assert [message.text for message in spoken(conversation)] == ["Rain?", "Yes."]


def test_a_long_conversation_is_reworded_from_its_end() -> None:
    messages = to_reword(asked(*(f"{n} " + "x" * 3000 for n in range(30))))
    assert len(messages) == MOST_MESSAGES + 1
    assert messages[-2].text.startswith("29 ")
    assert all(len(message.text) <= MOST_SIGNS for message in messages)
