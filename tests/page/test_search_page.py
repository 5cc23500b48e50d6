"""Searching as a person does it: results, filters, pages, the reasons there are none."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from bench.page import PAINTED
from tests.processes import Server

QUESTION = "Nansei island chain deployments"
STORM = "/?q=Cyclone+Belami"


def asked(page: Page) -> dict[str, list[str]]:
    """What the URL says."""
    return parse_qs(urlsplit(page.url).query)


def hits(server: Server, question: str, **parameters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/search", q=question, **parameters).json["hits"]
    return found


def passages(server: Server, question: str) -> int:
    """How many passages answer."""
    total: int = server.get("/search", q=question, facets="source").json["total"]["value"]
    return total


def search(page: Page, question: str) -> None:
    page.get_by_role("searchbox", name="Search the news").fill(question)
    page.get_by_role("button", name="Search", exact=True).click()


def test_the_front_page_shows_what_is_newest(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#home li")).to_have_count(8)
    expect(page.locator("#home .lead")).to_contain_text("46 articles")
    dates = page.locator("#home time").evaluate_all("(all) => all.map((one) => one.dateTime)")
    assert dates == sorted(dates, reverse=True)


def test_a_result_has_source_date_headline_passage_and_its_highlighted_sentences(
    page: Page, server: Server
) -> None:
    page.goto("/")
    search(page, QUESTION)
    first = page.locator("#hits > li").first
    [hit, *_] = hits(server, QUESTION, collapse="article")
    expect(first.locator(".headline")).to_have_text(hit["article"]["title"])
    expect(first.locator(".provenance")).to_have_text("Meridian Wire · 15 January 2026 · World")
    expect(first.locator(".passage")).to_have_text(hit["passage"]["text"])
    marked = sorted(hit["highlights"], key=lambda span: int(span["start"]))
    expect(first.locator(".passage mark")).to_have_text([span["text"] for span in marked])
    expect(first.locator(".relevance")).to_contain_text("Very likely answers")
    assert asked(page) == {"q": [QUESTION]}


def test_an_original_is_linked_without_telling_it_where_from(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    original = page.locator("#hits a.outward").first
    expect(original).to_have_attribute("href", re.compile("^https://meridianwire.example/"))
    expect(original).to_have_attribute("rel", "noopener noreferrer")


def test_facets_count_and_several_values_of_one_widen_the_search(page: Page) -> None:
    page.goto(STORM)
    expect(page.locator("#results-title")).to_have_text("5 articles")
    source = page.get_by_role("group", name="Source")
    expect(source.locator("label", has_text="Meridian Wire").locator(".count")).to_have_text("2")
    source.get_by_label("Meridian Wire").check()
    expect(page.locator("#results-title")).to_have_text("2 articles")
    assert asked(page)["source"] == ["Meridian Wire"]
    source.get_by_label("Le Courrier des Quais").check()
    expect(page.locator("#results-title")).to_have_text("3 articles")
    expect(source.get_by_label("Le Courrier des Quais")).to_be_focused()
    assert asked(page)["source"] == ["Meridian Wire", "Le Courrier des Quais"]


def test_a_filter_is_named_above_the_results_and_taken_away_there(page: Page) -> None:
    page.goto(f"{STORM}&language=fr&source=Le+Courrier+des+Quais")
    held = page.get_by_role("list", name="Filters that are set")
    expect(held.get_by_role("button")).to_have_text(
        [re.compile("Source: Le Courrier"), re.compile("Language: French"), re.compile("All")]
    )
    expect(page.locator("#results-title")).to_have_text("1 article")
    held.get_by_role("button", name="All filters").click()
    expect(page.locator("#results-title")).to_have_text("5 articles")
    assert asked(page) == {"q": ["Cyclone Belami"]}


def test_a_bar_of_the_histogram_narrows_to_its_month(page: Page) -> None:
    page.goto("/?q=ship")
    bar = page.get_by_role("button", name=re.compile(r"February 2026, \d+ results"))
    bar.click()
    expect(bar).to_have_attribute("aria-pressed", "true")
    assert (asked(page)["from"], asked(page)["to"]) == (["2026-02-01"], ["2026-02-28"])
    dates = page.locator("#hits time").evaluate_all("(all) => all.map((one) => one.dateTime)")
    assert dates
    assert all(date.startswith("2026-02") for date in dates)
    # The other months are still there to go to.
    expect(page.get_by_role("button", name=re.compile(r"January 2026, \d+ result"))).to_be_visible()


def test_dates_are_typed_and_order_is_chosen(page: Page) -> None:
    page.goto("/?q=ship")
    page.get_by_label("From").fill("2026-02-01")
    expect(page.get_by_role("list", name="Filters that are set")).to_contain_text("1 February 2026")
    page.get_by_label("Order").select_option("oldest")
    expect(page.locator("#hits.awaited")).to_have_count(0)
    dates = page.locator("#hits time").evaluate_all("(all) => all.map((one) => one.dateTime)")
    assert dates == sorted(dates)
    assert asked(page)["sort"] == ["oldest"]


def test_more_results_follow_and_reloading_shows_as_many(page: Page, server: Server) -> None:
    every = passages(server, "ship")
    assert every > 10
    shown = min(every, 20)
    page.goto("/?q=ship&collapse=none")
    expect(page.locator("#hits > li")).to_have_count(10)
    page.get_by_role("button", name="More results").click()
    expect(page.locator("#hits > li")).to_have_count(shown)
    expect(page.locator("#hits > li").nth(10).locator(".headline a")).to_be_focused()
    expect(page.get_by_role("button", name="More results")).to_have_count(int(every > shown))
    page.reload()
    expect(page.locator("#hits > li")).to_have_count(shown)


def test_further_passages_of_an_article_are_folded_under_its_first(
    page: Page, server: Server
) -> None:
    page.goto(STORM)
    further = page.locator("#hits details.further").first
    further.locator("summary").click()
    expect(further.locator("li").first).to_be_visible()
    page.get_by_label("One result per article").uncheck()
    expect(page.locator("#results-title")).to_have_text(
        f"{passages(server, 'Cyclone Belami')} passages"
    )
    expect(page.locator("#hits details.further")).to_have_count(0)


def test_the_drawer_explains_a_place_and_gives_the_focus_back(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    button = page.get_by_role("button", name="Why this place").first
    button.click()
    drawer = page.get_by_role("dialog", name="Why this is number 1")
    parts = drawer.locator("tbody td:last-child").all_inner_texts()
    total = float(drawer.locator("tfoot td").inner_text())
    assert sum(map(float, parts)) == pytest.approx(total, abs=0.01)
    expect(drawer).to_contain_text("by meaning alone")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(button).to_be_focused()


def test_nothing_relevant_is_said_and_the_nearest_are_shown_when_asked_for(page: Page) -> None:
    page.goto("/?q=knitting+patterns+for+beginners")
    expect(page.locator(".nothing")).to_contain_text("Nothing here answers this well enough")
    expect(page.get_by_role("status").first).to_have_text("No results.")
    page.get_by_role("button", name="Show the nearest all the same").click()
    expect(page.locator(".hit").first).to_be_visible()
    expect(page.locator(".notice")).to_contain_text("None of them is likely to answer")
    assert asked(page)["weak"] == ["true"]


def test_filters_that_leave_nothing_can_all_be_removed(page: Page) -> None:
    page.goto(f"{STORM}&from=1999-01-01&to=1999-12-31")
    expect(page.locator(".nothing")).to_contain_text("No passage meets all conditions")
    page.get_by_role("button", name="Remove all filters").click()
    expect(page.locator("#results-title")).to_have_text("5 articles")


@pytest.mark.parametrize("expected_errors", [{"422"}])
def test_what_is_wrong_with_a_request_is_said_in_words(page: Page) -> None:
    page.goto(f"{STORM}&from=yesterday")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Some parameters are not acceptable")
    expect(alert).to_contain_text("from")


@pytest.mark.parametrize("expected_errors", [{"ERR_FAILED"}])
def test_a_server_out_of_reach_is_tried_again(page: Page) -> None:
    def fail(route: Route) -> None:
        route.abort()

    page.route("**/search", fail)
    page.goto(STORM)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server cannot be reached")
    page.unroute("**/search", fail)
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("#results-title")).to_have_text("5 articles")
    expect(alert).to_have_count(0)


def test_back_and_forward_go_through_everything_that_was_done(page: Page) -> None:
    page.goto("/")
    search(page, "Cyclone Belami")
    expect(page.locator("#results-title")).to_have_text("5 articles")
    page.get_by_role("group", name="Language").get_by_label("French").check()
    expect(page.locator("#results-title")).to_have_text("1 article")
    page.locator(".hit .headline a").click()
    expect(page.locator("#article .text mark")).to_be_visible()
    page.go_back()
    expect(page.locator("#results-title")).to_have_text("1 article")
    expect(page.locator("#article")).to_be_hidden()
    page.go_back()
    expect(page.locator("#results-title")).to_have_text("5 articles")
    page.go_back()
    expect(page.locator("#home li").first).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(page.locator("#results-title")).to_have_text("1 article")
    expect(page.get_by_role("searchbox")).to_have_value("Cyclone Belami")


def test_coming_back_from_an_article_leads_to_where_one_was(page: Page) -> None:
    page.goto("/?q=ship&collapse=none")
    link = page.locator(".hit .headline a").nth(8)
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 500
    link.click()
    expect(page.locator("#article .text mark")).to_be_visible()
    page.go_back()
    expect(link).to_be_in_viewport()
    expect(link).to_be_focused()
    assert page.evaluate("scrollY") == pytest.approx(before, abs=5)


def test_the_keyboard_alone_searches_opens_and_comes_back(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("Cyclone Belami")
    page.keyboard.press("Enter")
    headlines = page.locator(".hit .headline a")
    expect(headlines).to_have_count(5)
    page.keyboard.press("ArrowDown")
    expect(headlines.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(headlines.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#article .text mark")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_first_thing_tab_reaches_leads_past_the_bar(page: Page) -> None:
    page.goto(STORM)
    expect(page.locator(".hit").first).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the results")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main')?.id") == "main"


def test_when_the_first_results_were_painted_can_be_measured(page: Page) -> None:
    page.goto(STORM)
    assert page.evaluate(PAINTED) > 0
