"""The pages keep their word: every console, python and javascript block in them is run.

In a console block a line after `$ ` is a command, and the lines under it are what it prints; `…`
stands for anything. Indented lines are not run: they take minutes, or change the machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import SEEDS
from tests.processes import Server, serving

ROOT = SEEDS.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), SEEDS / "README.md"]
PORT_OF_PAGES = "http://127.0.0.1:8000"

_BLOCK = re.compile(r"^```(console|python|javascript)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    command: str
    printed: str


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page that are in this language."""
    return [match[2] for match in _BLOCK.finditer(page.read_text()) if match[1] == language]


def pages_with(language: str) -> pytest.MarkDecorator:
    """Run a test once for each page that has such blocks."""
    pages = [page for page in PAGES if blocks(page, language)]
    return pytest.mark.parametrize("page", pages, ids=[page.name for page in pages])


def steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.replace("\\\n", "").partition("\n")
        yield Step(command, printed)


def pattern(printed: str) -> re.Pattern[str]:
    """What the page shows, with `…` for anything, white space at the ends of lines aside."""
    lines = [re.escape(line.rstrip()).replace("…", ".*?") for line in printed.strip().splitlines()]
    return re.compile(r"\s*\n".join(lines), re.DOTALL)


@pytest.fixture(scope="module")
def writable(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a server that takes articles, and of who sends them."""
    return {**environment, "DATELINE_WRITE_KEYS": "a-key-for-pages"}


@pytest.fixture
def server(home: Path, writable: dict[str, str]) -> Iterator[Server]:
    with serving(home / ".dateline" / "index", writable) as server:
        yield server


@pytest.fixture(scope="module")
def asked(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    """A server for programs that only read."""
    with serving(seeds_index, environment) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, seeds_index: Path) -> Path:
    """A folder like a fresh checkout after `make serve`."""
    (tmp_path / "seeds").symlink_to(SEEDS)
    shutil.copytree(seeds_index, tmp_path / ".dateline" / "index")
    return tmp_path


@pages_with("console")
def test_commands_print_what_the_page_shows(
    page: Path, home: Path, server: Server, writable: dict[str, str]
) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for step in (step for block in blocks(page, "console") for step in steps(block)):
        done = subprocess.run(
            ["bash", "-c", step.command.replace(PORT_OF_PAGES, server.url)],
            cwd=home,
            env={**writable, "PATH": path, "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{step.command}\n{done.stdout}"
        assert pattern(step.printed).search(done.stdout), f"{step.command}\n{done.stdout}"


@pages_with("python")
def test_python_on_a_page_runs(
    page: Path, home: Path, asked: Server, environment: dict[str, str]
) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block in blocks(page, "python"):
        command = [sys.executable, "-c", block.replace(PORT_OF_PAGES, asked.url)]
        run(command, home, {**environment, "PATH": path, "PYTHONPATH": str(ROOT)})


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed.")
@pages_with("javascript")
def test_javascript_on_a_page_runs(
    page: Path, home: Path, asked: Server, environment: dict[str, str]
) -> None:
    for block in blocks(page, "javascript"):
        script = block.replace(PORT_OF_PAGES, asked.url)
        run(["node", "--input-type=module", "--eval", script], home, environment)


def run(command: list[str], home: Path, env: dict[str, str]) -> None:
    """Run a program to its good end, at which it has something to show."""
    done = subprocess.run(
        command, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert done.stdout, command


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_setting_is_on_the_page_of_commands() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "api").rglob("*.py"))
    code += "".join(path.read_text() for path in (ROOT / "indexer").rglob("*.py"))
    named = set(re.findall(r"DATELINE_[A-Z_]+", code)) - {"DATELINE_FAILPOINT"}
    assert {name for name in named if f"`{name}`" not in page} == set()
