"""Asking as a person does it: a streamed answer whose every sentence shows where it is from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page import scripted
from tests.processes import Server

QUESTION = "How high did the Rhine rise in Cologne?"
ASKED = "/?ask=What+were+the+talks+about%3F"


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")


def tell(page: Page, events: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answer questions with a stream written by hand; the bodies that were sent."""
    bodies: list[dict[str, Any]] = []
    body = scripted.stream(events)

    def fulfill(route: Route) -> None:
        bodies.append(json.loads(route.request.post_data or ""))
        route.fulfill(body=body, content_type="text/event-stream; charset=utf-8")

    page.route("**/answers", fulfill)
    return bodies


def test_an_answer_is_made_of_sentences_that_open_their_passage_in_place(
    page: Page, server: Server
) -> None:
    page.goto("/")
    ask(page, QUESTION)
    turn = page.locator(".turn")
    expect(turn.locator(".sentence").first).to_be_visible()
    expect(page.locator("#chat-status")).to_contain_text("Answered, with")
    expect(turn.locator(".verdict").first).to_have_text("Supported")
    chip = turn.locator(".cite").first
    chip.click()
    expect(chip).to_have_attribute("aria-expanded", "true")
    quote = turn.locator(".evidence blockquote")
    sentence = quote.locator("mark").inner_text()
    assert sentence in turn.locator(".sentence").first.inner_text()
    expect(quote).not_to_have_text(sentence)  # The passage around it has come.
    turn.locator(".evidence figcaption a").click()
    expect(page.locator("#article .text mark")).to_have_text(sentence)
    expect(page.locator("#article .text mark")).to_be_in_viewport()
    url = parse_qs(urlsplit(page.url).query)
    article = server.get(f"/articles/{url['article'][0]}").json
    assert article["text"][int(url["start"][0]) : int(url["end"][0])] == sentence
    assert url["ask"] == [QUESTION]
    expect(turn.locator(".sentence").first).to_be_visible()


def test_a_question_nothing_answers_is_refused_in_words(page: Page) -> None:
    page.goto("/")
    ask(page, "knitting patterns for beginners")
    expect(page.locator("#chat-status")).to_have_text("No answer.")
    expect(page.locator(".turn .answer")).not_to_be_empty()
    expect(page.locator(".turn .cite")).to_have_count(0)


def test_a_shared_conversation_is_asked_again_and_going_back_asks_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/?ask={QUESTION}&ask=When+was+that%3F")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(2)
    ask(page, "Who was killed by Cyclone Belami?")
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(3)
    page.go_back()
    expect(page.locator(".turn")).to_have_count(2)
    page.go_forward()
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(3)
    assert sum(url.endswith("/answers") for url in asked) == 3
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    assert "ask" not in parse_qs(urlsplit(page.url).query)


def test_the_filters_of_the_search_hold_for_answers_and_that_is_said(page: Page) -> None:
    bodies = tell(page, scripted.events(scripted.answer()))
    page.goto("/?q=Cyclone+Belami&source=Meridian+Wire")
    expect(page.locator("#within")).to_have_text("Answered within the filters of the search.")
    page.get_by_role("button", name="Ask what was searched for").click()
    expect(page.locator(".turn[aria-busy=false]")).to_be_visible()
    assert bodies == [{"query": "Cyclone Belami", "source": ["Meridian Wire"], "stream": True}]


def test_a_follow_up_is_asked_with_what_was_said_before(page: Page) -> None:
    bodies = tell(page, scripted.events(scripted.answer()))
    page.goto("/")
    ask(page, "What were the talks about?")
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(1)
    ask(page, "For how long?")
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(2)
    assert bodies[1]["messages"] == [
        {"role": "user", "content": "What were the talks about?"},
        {"role": "assistant", "content": scripted.ANSWER},
        {"role": "user", "content": "For how long?"},
    ]


def test_every_verdict_is_told_in_words_at_its_sentence(page: Page) -> None:
    tell(page, scripted.events(scripted.answer()))
    page.goto(ASKED)
    sentences = page.locator(".turn .sentence")
    words = ("Supported", "Partly supported", "Not supported", "Contradicted", "No source")
    expect(sentences.locator(".verdict")).to_have_text(list(words))
    shown = sentences.evaluate_all(
        "(all) => all.map((one) => one.firstChild.textContent.trim())",
    )
    assert shown == [text.removesuffix(" [1]") for text in scripted.SENTENCES]
    contradicted = sentences.nth(3).locator(".verdict")
    contradicted.click()
    evidence = page.get_by_role("group", name="Contradicted: why")
    expect(evidence).to_contain_text("“northeast” is not in the source.")
    expect(evidence.locator("mark")).to_have_text(scripted.TEXT)
    evidence.get_by_role("link").focus()
    page.keyboard.press("Escape")
    expect(evidence).to_have_count(0)
    expect(contradicted).to_be_focused()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"degraded": ["llm"]}, "The language model did not answer"),
        ({"degraded": ["reranker"]}, "The reranker did not answer"),
        ({"degraded": ["oracle"]}, "Done without: oracle"),
        ({"unknown_markers": ["[7]"]}, "1 reference to no source removed"),
    ],
)
def test_what_was_done_without_is_said(page: Page, members: dict[str, Any], words: str) -> None:
    tell(page, scripted.events(scripted.answer(**members)))
    page.goto(ASKED)
    expect(page.locator(".turn .notice")).to_contain_text(words)


def test_an_answer_that_begins_anew_takes_back_what_it_had_said(page: Page) -> None:
    whole = list(scripted.events(scripted.answer()))
    false_start = {"type": "answer.delta", "text": "Half 🛰 a [1] sen", "start": 0, "end": 16}
    unfinished = [whole[0], false_start, *whole[1:-2]]
    tell(page, iter(unfinished))
    page.goto(ASKED)
    expect(page.get_by_role("alert")).to_contain_text("The answer broke off")
    expect(page.locator(".turn .cite")).to_have_count(4)
    expect(page.locator(".turn .answer")).to_have_text(scripted.ANSWER.replace("[1]", "1"))


def test_an_error_within_the_stream_is_told_and_can_be_tried_again(page: Page) -> None:
    begun = next(scripted.events(scripted.answer()))
    error = {"type": "error", "title": "The index is damaged", "status": 503, "detail": "See."}
    tell(page, iter([begun, error]))
    page.goto(ASKED)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The index is damaged")
    page.unroute("**/answers")
    tell(page, scripted.events(scripted.answer()))
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".turn .sentence")).to_have_count(5)


@pytest.mark.parametrize("expected_errors", [{"422"}])
def test_a_question_that_is_refused_says_why(page: Page) -> None:
    page.goto(f"{ASKED}&from=yesterday")
    expect(page.locator("#chat").get_by_role("alert")).to_contain_text(
        "Some parameters are not acceptable"
    )


def test_an_answer_under_way_can_be_stopped(page: Page) -> None:
    page.route("**/answers", lambda _: None)  # It never answers.
    page.goto(ASKED)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn .notice")).to_have_text("Stopped before the answer was whole.")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Ask", exact=True).last).to_be_enabled()


def test_going_back_from_an_answer_under_way_breaks_it_off_and_forward_asks_it_anew(
    page: Page,
) -> None:
    tell(page, scripted.events(scripted.answer()))
    page.goto(ASKED)
    expect(page.locator(".turn .sentence")).to_have_count(5)
    page.route("**/answers", lambda _: None, times=1)  # It never answers.
    ask(page, "For how long?")
    expect(page.locator(".turn[aria-busy=true]")).to_have_count(1)
    page.go_back()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.go_forward()
    expect(page.locator(".turn .sentence")).to_have_count(10)


@pytest.mark.parametrize("settings", [{"viewport": {"width": 320, "height": 640}}])
def test_where_there_is_room_for_one_view_the_answer_takes_it(page: Page) -> None:
    tell(page, scripted.events(scripted.answer()))
    page.goto("/?q=Cyclone+Belami")
    expect(page.locator("#chat")).to_be_hidden()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_label("Your question")).to_be_focused()
    ask(page, "What were the talks about?")
    page.locator(".turn .sources a").click()
    expect(page.locator("#article .text mark")).to_be_in_viewport()
    expect(page.locator("#chat")).to_be_hidden()
    page.go_back()
    expect(page.locator(".turn .sentence").first).to_be_visible()
