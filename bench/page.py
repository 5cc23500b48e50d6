"""How soon results are painted once the server has answered: `python -m bench.page`.

In Chromium, for the questions that come with the sample articles, one fresh page each: from the
last byte of the answer to the second frame after the results were put in place, which begins when
the first has been painted. The page marks that.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from playwright.sync_api import Browser
from rich.console import Console
from rich.table import Table

from bench.browser import PORT, SEEDS, samples_in_browser
from bench.timing import percentile

PAINTED = """() => new Promise((tell) =>
  new PerformanceObserver((list) => {
    const requests = performance.getEntriesByType("resource");
    const { responseEnd } = requests.find(({ name }) => name.endsWith("/search"));
    tell(list.getEntriesByName("painted")[0].startTime - responseEnd);
  }).observe({ type: "mark", buffered: true })
)"""


def main() -> None:
    """Print the table."""
    table = Table("questions", "p50 ms", "p95 ms", "slowest ms")
    with samples_in_browser() as browser:
        spent = [_painted(browser, question) for question in _questions()]
    figures = (percentile(spent, 0.5), percentile(spent, 0.95), max(spent))
    table.add_row(str(len(spent)), *(f"{figure:.0f}" for figure in figures))
    Console().print(table)


def _questions() -> list[str]:
    return [json.loads(line)["text"] for line in (SEEDS / "queries.jsonl").open()]


def _painted(browser: Browser, question: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://127.0.0.1:{PORT}/?q={quote(question)}")
    duration: float = page.evaluate(PAINTED)
    page.close()
    return duration


if __name__ == "__main__":
    main()
