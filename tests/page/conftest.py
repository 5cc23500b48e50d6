"""A browser, a server with the sample articles and one hostile one, and pages that must not err."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.browser import CHROMIUM, chromium
from tests.page.hostile import HOSTILE
from tests.processes import Server, dateline, serving

# A machine that runs other tests beside may take its time.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


# Not longer than a module: while it is open, no test beside can run an event loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("There is no chromium on the PATH: `make browser` installs it where it can.")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def server(
    seeds_index: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("page")
    index, articles = directory / "index", directory / "hostile.jsonl"
    shutil.copytree(seeds_index, index)
    articles.write_text(json.dumps(HOSTILE) + "\n")
    dateline("index", articles, "--index", index, env=environment)
    with serving(index, environment, "--workers", "2") as server:
        yield server


@pytest.fixture
def settings() -> dict[str, object]:
    """What a test asks of its browser context; parametrise it to ask for more."""
    return {}


@pytest.fixture
def context(
    browser: Browser, server: Server, settings: dict[str, object]
) -> Iterator[BrowserContext]:
    wanted = {"viewport": {"width": 1280, "height": 900}, **settings}
    context = browser.new_context(base_url=server.url, **wanted)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def expected_errors() -> set[str]:
    """Parts of console messages that a test brings about itself."""
    return set()


@pytest.fixture
def page(context: BrowserContext, expected_errors: set[str]) -> Iterator[Page]:
    """A page that has said nothing in its console, nor thrown, when the test is over."""
    said: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert [one for one in said if not any(part in one for part in expected_errors)] == []
