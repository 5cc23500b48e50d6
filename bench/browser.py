"""Chromium over the sample articles, for pictures of the page and for measuring it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.serving import dateline

SEEDS = Path(__file__).parent.parent / "seeds"
PORT = 8766
# Nothing is asked of anybody but the server under test.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM = shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own; there must be one, see CHROMIUM."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def samples_in_browser() -> Iterator[Browser]:
    """A browser, and the sample articles served at `http://127.0.0.1:8766`."""
    if CHROMIUM is None:
        sys.exit("There is no chromium on the PATH: `make browser` installs it where it can.")
    with tempfile.TemporaryDirectory() as index:
        command = [sys.executable, "-m", "api.cli", "index", str(SEEDS / "articles")]
        subprocess.run([*command, "--index", index], check=True, capture_output=True)
        with dateline(Path(index), PORT, workers=1), chromium() as browser:
            yield browser
