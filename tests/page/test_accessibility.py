"""For everybody: nothing serious by axe-core, in light and dark, and nothing cut off at 320 px."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from tests.page import scripted
from tests.page.test_chat import tell

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
SERIOUS = """async () => {
  const { violations } = await axe.run();
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}"""
STATES = {
    "front page": ("/", "#home li"),
    "results": ("/?q=Cyclone+Belami&source=Meridian+Wire", ".hit"),
    "article": ("/?q=talks&article=meridian-koizumi-pentagon&start=466&end=566", ".related li"),
    "nothing": ("/?q=knitting+patterns+for+beginners", ".nothing"),
    "answer": ("/?ask=What+were+the+talks+about%3F&view=ask", ".sentence"),
    "reference": ("/docs", ".opblock"),
}
DARK, LIGHT = {"color_scheme": "dark"}, {"color_scheme": "light"}


def show(page: Page, state: str) -> None:
    tell(page, scripted.events(scripted.answer()))
    path, seen = STATES[state]
    page.goto(path)
    expect(page.locator(seen).first).to_be_visible()


@pytest.mark.parametrize("settings", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_serious(page: Page, state: str) -> None:
    show(page, state)
    if state == "answer":
        page.locator(".verdict").nth(3).click()
    # Through the debugger, which the policy of the page does not bind.
    page.evaluate(AXE)
    assert page.evaluate(SERIOUS) == []


@pytest.mark.parametrize("settings", [LIGHT, DARK], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_the_drawer(page: Page) -> None:
    show(page, "results")
    page.get_by_role("button", name="Why this place").first.click()
    page.evaluate(AXE)
    assert page.evaluate(SERIOUS) == []


@pytest.mark.parametrize("settings", [{"viewport": {"width": 320, "height": 640}}])
@pytest.mark.parametrize("state", STATES)
def test_nothing_needs_scrolling_sideways_at_320_px(page: Page, state: str) -> None:
    show(page, state)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("settings", [DARK])
def test_dark_is_dark(page: Page) -> None:
    show(page, "results")
    colours = page.evaluate(
        """() => {
          const { backgroundColor, color } = getComputedStyle(document.body);
          return [backgroundColor, color].map((one) => Number(one.match(/\\d+/)[0]));
        }"""
    )
    assert colours[0] < 60 < 200 < colours[1]


@pytest.mark.parametrize("settings", [{"reduced_motion": "reduce"}])
def test_nothing_moves_for_those_who_ask_for_stillness(page: Page) -> None:
    show(page, "results")
    page.evaluate("document.querySelector('.hit').className = 'placeholder'")
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_parts_of_the_page_are_landmarks_with_one_main_heading(page: Page) -> None:
    show(page, "results")
    for role in ("banner", "search", "navigation", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("complementary", name="Filters")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
