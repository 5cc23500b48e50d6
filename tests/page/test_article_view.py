"""Reading an article: the exact span is marked, whatever the text, and nothing of it is run."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.page.hostile import HOSTILE, IMAGE, SCRIPT
from tests.processes import Server

MARKED = """() => {
  const marks = document.querySelectorAll("#article .text mark");
  const range = document.createRange();
  range.setStartBefore(marks[0]);
  range.setEndAfter(marks[marks.length - 1]);
  return range.toString();
}"""


def text_of(server: Server, article_id: str) -> str:
    text: str = server.get(f"/articles/{quote(article_id, safe='')}").json["text"]
    return text


def address(article_id: str, start: int, end: int) -> str:
    return f"/?article={quote(article_id, safe='')}&start={start}&end={end}"


def test_the_headline_of_a_result_leads_to_its_sentence(page: Page, server: Server) -> None:
    page.goto("/?q=Nansei+island+chain+deployments")
    sentence = page.locator(".hit .passage mark").first.inner_text()
    page.locator(".hit .headline a").first.click()
    mark = page.locator("#article .text mark")
    expect(mark).to_have_text(sentence)
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    text = text_of(server, "meridian-koizumi-pentagon")
    assert page.locator("#article .text").evaluate("(text) => text.textContent") == text


@pytest.mark.parametrize(
    ("article_id", "start", "end"),
    [
        (HOSTILE["id"], 0, 2),
        (HOSTILE["id"], 3, 60),
        (HOSTILE["id"], 40, 180),
        (HOSTILE["id"], len(HOSTILE["text"]) - 11, len(HOSTILE["text"])),
        ("meridian-koizumi-pentagon", 0, 1),
    ],
)
def test_what_is_marked_is_the_span_in_code_points(
    page: Page, server: Server, article_id: str, start: int, end: int
) -> None:
    page.goto(address(article_id, start, end))
    expect(page.locator("#article .text mark").first).to_be_visible()
    assert page.evaluate(MARKED) == text_of(server, article_id)[start:end]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 3), (0, 999_999)])
def test_a_span_that_is_not_in_the_text_is_said_to_be_gone(
    page: Page, start: int, end: int
) -> None:
    page.goto(address("meridian-koizumi-pentagon", start, end))
    expect(page.locator("#article .notice")).to_contain_text("The article has changed")
    expect(page.locator("#article .text mark")).to_have_count(0)


def test_an_article_has_its_byline_citation_and_related_reading(page: Page) -> None:
    page.goto("/?article=meridian-koizumi-pentagon")
    article = page.locator("#article")
    expect(article.locator("h1")).to_be_focused()
    expect(page).to_have_title(
        "Japan's new defence chief takes island plans to the Pentagon · Dateline"
    )
    expect(article.locator(".byline")).to_contain_text("By Haruka Tsuda, Dale Whitcombe")
    expect(article.locator(".citation")).to_contain_text("Meridian Wire, 15 January 2026")
    related = article.get_by_role("region", name="Related reading").locator(".headline a")
    expect(related).to_have_count(5)
    related.first.click()
    expect(article.locator("h1")).not_to_contain_text("Japan's new defence chief")
    expect(article.locator(".text mark").first).to_be_in_viewport()


def test_an_article_tells_its_place_in_the_search_one_came_from(page: Page) -> None:
    page.goto("/?q=Cyclone+Belami&article=meridian-koizumi-pentagon")
    page.get_by_role("button", name="Its place in the search").click()
    expect(page.get_by_role("dialog")).to_contain_text("It is hit")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Back to “Cyclone Belami”").click()
    expect(page.locator("#results-title")).to_have_text("5 articles")


@pytest.mark.parametrize("expected_errors", [{"404"}])
def test_an_article_that_is_not_there_is_said_not_to_be(page: Page) -> None:
    page.goto("/?article=nowhere")
    expect(page.get_by_role("alert")).to_contain_text("The index holds no such article")


def test_what_a_hostile_article_brings_is_shown_and_never_run(page: Page) -> None:
    page.goto("/?q=zeppelin+ferry+of+Quillhaven&weak=true")
    hit = page.locator(".hit").first
    expect(hit.locator(".headline")).to_have_text(HOSTILE["title"])
    expect(hit.locator(".source")).to_have_text(HOSTILE["source"])
    expect(page.locator("#filters")).to_contain_text(HOSTILE["section"])
    page.get_by_role("group", name="Author").get_by_role("button").click()
    expect(page.locator("#filters")).to_contain_text(HOSTILE["authors"][0])
    expect(page.locator("#filters")).to_contain_text(HOSTILE["authors"][1])
    hit.locator(".headline a").click()
    article = page.locator("#article")
    expect(article.locator("h1")).to_have_text(HOSTILE["title"])
    assert article.locator(".text").evaluate("(text) => text.textContent") == HOSTILE["text"]
    assert SCRIPT in HOSTILE["text"]
    assert IMAGE in HOSTILE["text"]
    expect(article.locator("script, img, b, i, svg[onload]")).to_have_count(0)
    assert page.evaluate("'owned' in window") is False


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example/x",
        "/relative",
        "blob:https://x.example/1",
        "http://",
        "",
    ],
)
def test_only_an_http_address_becomes_a_link(page: Page, url: str) -> None:
    page.route(
        "**/articles/leaflet",
        lambda route: route.fulfill(
            json={
                "id": "leaflet",
                "title": "A leaflet",
                "text": "Read on.",
                "source": None,
                "authors": [],
                "url": url,
                "published_at": None,
                "updated_at": None,
                "dateline": None,
                "section": None,
                "language": None,
                "citation": "“A leaflet”",
            }
        ),
    )
    page.route("**/similar*", lambda route: route.fulfill(json={"hits": []}))
    page.goto("/?article=leaflet")
    expect(page.locator("#article h1")).to_have_text("A leaflet")
    expect(page.locator("#article a.outward")).to_have_count(0)
    hrefs = page.locator("#article a").evaluate_all("(all) => all.map((one) => one.protocol)")
    assert hrefs == ["http:"]
