"""What is printed comes out whatever standard output is, or it is told plainly that it did not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import dateline

QUESTION = "Nansei island chain – 南西"


@pytest.fixture
def ascii_only(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "PYTHONIOENCODING": "ascii"}


def test_letters_that_a_terminal_has_not_are_question_marks(
    seeds_index: Path, ascii_only: dict[str, str]
) -> None:
    done = dateline("search", QUESTION, "--index", seeds_index, "--limit", "1", env=ascii_only)
    assert re.search(r"January 2026 \? characters \d+\?\d+\n", done.stdout)
    assert done.stderr == ""


def test_json_loses_no_letter_on_the_way(seeds_index: Path, ascii_only: dict[str, str]) -> None:
    done = dateline("search", QUESTION, "--json", "--index", seeds_index, env=ascii_only)
    assert json.loads(done.stdout)["query"] == QUESTION


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["--help"], ["generations"], ["search", QUESTION, "--json"]])
def test_a_full_disk_is_told_and_no_more(
    seeds_index: Path, environment: dict[str, str], command: list[str], unbuffered: str
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *command],
            env={
                **environment,
                "PYTHONUNBUFFERED": unbuffered,
                "DATELINE_INDEX": str(seeds_index),
            },
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "Error: Standard output cannot be written: No space left on device.\n"
    assert done.returncode == 1


def test_who_reads_no_further_is_told_nothing(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "search", QUESTION, "--index", seeds_index],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("columns", ["20", "60"])
def test_names_of_generations_are_whole_in_a_narrow_terminal(
    seeds_index: Path, environment: dict[str, str], columns: str
) -> None:
    newest = (seeds_index / "CURRENT").read_text().strip()
    narrow = {**environment, "COLUMNS": columns}
    shown = dateline("generations", "--index", seeds_index, env=narrow).stdout
    assert shown.splitlines()[-1].split()[0] == newest
