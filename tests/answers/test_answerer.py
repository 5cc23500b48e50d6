"""From a conversation to an answer, with a model, without one, and when it lets us down."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256

import pytest

from api.answers.answer import (
    Answer,
    AnswerDelta,
    AnswerVerified,
    Citation,
    Event,
    SearchCompleted,
    Waiting,
)
from api.answers.answerer import Answerer
from api.answers.conversation import Message, Role
from api.answers.course import NO_ROOM, NOTHING, UNQUOTABLE, Asked
from api.answers.llm import LanguageModel
from api.grounding.verification import Verifier
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.documents import Article
from indexer.engines.local import LocalEngine
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
)
from tests.http.newsroom import DEFENCE, FLOOD, METHOD, WEIGHTS, publish, searcher_over

RIVER = "How did the river rise in the night?"
NONSENSE = "price of unobtainium"


@pytest.fixture
def alone(searcher: Searcher) -> Answerer:
    """An answerer without a model."""
    return over(searcher)


@pytest.fixture
def helped(searcher: Searcher, model: LanguageModel) -> Answerer:
    """An answerer with the scripted model."""
    return Answerer(searcher, Verifier(searcher), model)


def over(searcher: Searcher) -> Answerer:
    return Answerer(searcher, Verifier(searcher))


def asked(*turns: str, max_tokens: int = 2000) -> Asked:
    roles: tuple[Role, Role] = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], turn) for n, turn in enumerate(turns))
    return Asked(messages, Query(turns[-1]), max_tokens)


def events(answerer: Answerer, *turns: str) -> list[Event]:
    return list(answerer.answer(asked(*turns)))


def answer(answerer: Answerer, *turns: str) -> Answer:
    last = events(answerer, *turns)[-1]
    assert isinstance(last, Answer)
    return last


def shown(told: Sequence[Event]) -> str:
    """The answer as a reader of the deltas sees it at the end."""
    text = ""
    for event in told:
        if isinstance(event, AnswerDelta):
            text = text[: event.span.start] + event.text
            assert len(text) == event.span.end
    return text


def assert_quotes(found: Answer) -> None:
    assert found.written.citations
    for cited in found.written.citations:
        assert cited.claim.of(found.written.text) == cited.span.of(cited.article.text)
        assert cited.marker.of(found.written.text) == f"[{cited.n}]"


def test_without_a_model_an_answer_is_made_of_sentences_word_for_word(alone: Answerer) -> None:
    found = answer(alone, RIVER)
    assert found.written.text.startswith("The river rose in the night. [1]")
    assert_quotes(found)
    assert found.degraded == ()


def test_each_citation_names_passage_article_and_digest(alone: Answerer) -> None:
    cited = answer(alone, RIVER).written.citations[0]
    assert (cited.passage_id, cited.article.id) == ("flood#0", "flood")
    assert cited.text == "The river rose in the night."
    assert cited.sha256 == sha256(cited.text.encode()).hexdigest()


def test_a_question_nothing_answers_is_refused_in_a_plain_sentence(alone: Answerer) -> None:
    found = answer(alone, NONSENSE)
    assert found.context.ranking.answerable is False
    assert (found.written.text, found.written.citations) == (NOTHING, ())
    assert found.sentences == ()


def test_a_refusal_costs_no_model_anything(helped: Answerer, scripted: ScriptedModel) -> None:
    assert answer(helped, NONSENSE).written.text == NOTHING
    assert scripted.asked == []


def test_without_calibration_it_is_answered_as_well_as_can_be(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("uncalibrated"))
    publish(engine, FLOOD)
    method = replace(METHOD, weights=replace(WEIGHTS, model="d" * 64))
    found = answer(over(searcher_over(engine, method)), RIVER)
    assert found.context.ranking.answerable is None
    assert found.written.text.startswith("The river rose in the night. [1]")


def test_a_budget_too_small_for_any_passage_is_told(alone: Answerer) -> None:
    *_, found = alone.answer(asked(RIVER, max_tokens=1))
    assert isinstance(found, Answer)
    assert found.written.text == NO_ROOM


def test_what_could_be_taken_for_a_marker_is_not_quoted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("marked"))
    text = "The river rose in the night [2]. The river rose by a metre in the night."
    publish(engine, Article(id="marked", title="River", text=text, language="en"))
    found = answer(over(searcher_over(engine)), RIVER)
    assert found.written.text == "The river rose by a metre in the night. [1]"


def test_where_all_could_be_taken_for_marked_nothing_is_quoted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("footnotes"))
    text = "The river rose in the night.[2] The river rose by a metre in the night.[1]"
    publish(engine, Article(id="footnotes", title="River", text=text, language="en"))
    found = answer(over(searcher_over(engine)), RIVER)
    assert [each.article.id for each in found.context.numbered] == ["footnotes"]
    assert (found.written.text, found.written.citations) == (UNQUOTABLE, ())
    assert found.sentences == ()


def test_a_piece_of_a_quotation_is_not_quoted(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("quoted"))
    text = "“The river rose in the night. Nobody slept,” she said. All of the river rose."
    publish(engine, Article(id="quoted", title="River", text=text, language="en"))
    found = answer(over(searcher_over(engine)), RIVER)
    assert "“" not in found.written.text


def test_nothing_is_said_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("twice"))
    articles = [replace(FLOOD, id=f"flood-{n}", source=f"Paper {n}") for n in range(3)]
    publish(engine, *articles)
    assert answer(over(searcher_over(engine)), RIVER).written.text.count("rose") == 1


def test_a_model_answers_in_its_own_words(helped: Answerer, scripted: ScriptedModel) -> None:
    scripted.will(says("It rose ", "at night [", "1", ", 77]", ", and fast [8", "8]."))
    found = answer(helped, RIVER)
    assert found.written.text == "It rose at night [1], and fast."
    [cited] = found.written.citations
    assert cited.text == "The river rose in the night."
    assert cited.claim.of(found.written.text) == "It rose at night"
    assert found.written.unknown_markers == (77, 88)
    assert found.degraded == ()


def test_a_model_is_given_the_context_and_the_question(
    helped: Answerer, scripted: ScriptedModel
) -> None:
    scripted.will(says("Yes [1]."))
    found = answer(helped, RIVER)
    [request] = scripted.asked
    told = request["messages"][-1]["content"]
    assert found.context.text in told
    assert told.endswith(f"Question: {RIVER}")


def test_each_sentence_is_checked_against_what_it_cites(
    helped: Answerer, scripted: ScriptedModel
) -> None:
    scripted.will(says("The river rose in the night [1]. The river rose by 7 metres [1]. Hm."))
    first, second, _ = answer(helped, RIVER).sentences
    assert (first.verdict, first.problems) == ("supported", ())
    assert second.verdict != "supported"
    assert "7" in second.problems[0]


def test_sentences_of_the_passages_are_supported(alone: Answerer) -> None:
    found = answer(alone, RIVER)
    assert {checked.verdict for checked in found.sentences} == {"supported"}
    for cited, checked in zip(found.written.citations, found.sentences, strict=True):
        assert checked.span.start == cited.claim.start
        assert checked.evidence[0].span == cited.span


def test_events_come_in_their_order(helped: Answerer, scripted: ScriptedModel) -> None:
    scripted.will(says("It rose", " [1]", "."))
    told = [event for event in events(helped, RIVER) if not isinstance(event, Waiting)]
    assert [type(event) for event in told] == [
        SearchCompleted,
        AnswerDelta,
        AnswerDelta,
        Citation,
        AnswerDelta,
        AnswerVerified,
        Answer,
    ]


FAILING: dict[str, list[Step]] = {
    "429": fails(429),
    "500": fails(500),
    "cut at once": breaks_off(),
    "cut in the middle": breaks_off("It rose [1]. And"),
    "refusal": [begin, delta(refusal="I cannot."), delta("stop"), end],
    "malformed": [begin, delta(content="It"), raw("data: {\n\n"), end],
    "markers alone": says("[77]", " [88]"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_model_that_fails_is_done_without(
    helped: Answerer, alone: Answerer, scripted: ScriptedModel, name: str
) -> None:
    scripted.will(FAILING[name])
    told = events(helped, RIVER)
    found = told[-1]
    assert isinstance(found, Answer)
    assert found.written == answer(alone, RIVER).written
    assert found.degraded == ("llm",)
    assert shown(told) == found.written.text
    scripted.wait_until(lambda: scripted.open == 0)


def test_an_answer_that_broke_off_begins_anew(helped: Answerer, scripted: ScriptedModel) -> None:
    scripted.will(breaks_off("It rose [1]. And"))
    deltas = [event for event in events(helped, RIVER) if isinstance(event, AnswerDelta)]
    assert "".join(each.text for each in deltas).startswith("It rose [1]. And")
    assert [each.span.start for each in deltas].count(0) == 2


def test_a_followup_is_worded_by_the_model_before_the_search(
    helped: Answerer, scripted: ScriptedModel
) -> None:
    scripted.will(says("How did the river", " rise in the night?\n"), says("Fast [1]."))
    told = events(helped, "Is the river over its banks?", "Yes. [1]", "And how?")
    found = told[-1]
    assert isinstance(found, Answer)
    assert found.question == RIVER
    assert found.written.text == "Fast [1]."
    reworded, answered = scripted.asked
    assert [message["role"] for message in reworded["messages"]] == [
        *("user", "assistant", "user"),
        "user",
    ]
    assert answered["messages"][-1]["content"].endswith(RIVER)


@pytest.mark.parametrize("reply", [fails(500), says("river? " * 400)], ids=["500", "too long"])
def test_a_model_that_cannot_word_a_followup_is_not_asked_for_the_answer(
    helped: Answerer, scripted: ScriptedModel, reply: list[Step]
) -> None:
    scripted.will(reply)
    found = answer(helped, "How did the river rise?", "Fast. [1]", "At night?")
    assert found.question.startswith("At night? ")
    assert found.degraded == ("llm",)
    assert len(scripted.asked) == 1
    assert_quotes(found)


def test_who_waits_for_the_model_is_told_so(helped: Answerer, scripted: ScriptedModel) -> None:
    scripted.will([begin, pause(0.2), *says("It rose [1].")[1:]])
    assert any(isinstance(event, Waiting) for event in events(helped, RIVER))


@pytest.mark.parametrize("turns", [[RIVER], ["River?", "Yes.", "And?"]])
def test_closing_an_answer_ends_the_request_to_the_model(
    helped: Answerer, scripted: ScriptedModel, turns: list[str]
) -> None:
    scripted.will([begin, hold])
    with closing(helped.answer(asked(*turns))) as told:
        while not isinstance(next(told), Waiting):
            pass
        scripted.wait_until(lambda: scripted.open == 1)
    scripted.wait_until(lambda: scripted.gone == 1)


def test_tokens_are_those_of_the_model_or_else_counted_here(
    helped: Answerer, scripted: ScriptedModel
) -> None:
    counted = raw(
        'data: {"choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 2}}\n\n'
    )
    scripted.will([begin, delta(content="It rose."), delta("stop"), counted, end], fails(500))
    usage = answer(helped, RIVER).usage
    assert (usage.prompt, usage.completion) == (70, 2)
    found = answer(helped, RIVER)
    # The encoder of these tests counts words.
    assert found.usage.completion == len(found.written.text.split())
    assert found.usage.prompt == found.context.tokens + len(RIVER.split())


def test_an_answer_cites_only_what_the_context_shows(alone: Answerer) -> None:
    found = answer(alone, "deployments along the Nansei island chain")
    stretches = {stretch.n: stretch for stretch in found.context.numbered}
    for cited in found.written.citations:
        shown = stretches[cited.n]
        assert shown.article == cited.article
        assert shown.span.start <= cited.span.start < cited.span.end <= shown.span.end
    assert DEFENCE.id in {cited.article.id for cited in found.written.citations}
