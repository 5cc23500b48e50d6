"""What a person sees while articles are indexed, and afterwards."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from api import terminal
from indexer.engines.manifest import ChunkingCard, Manifest, ModelCard
from indexer.loaders import Problem, Severity
from indexer.pipeline import Summary

MANIFEST = Manifest(
    "000002-9b1df023", "2026-01-15T12:00:00+00:00", ModelCard("m", "f", 8), ChunkingCard(128, 0),
    articles=1203, passages=5001,
)  # fmt: skip
SUMMARY = Summary(
    MANIFEST, added=1200, changed=2, unchanged=1, removed=0, withheld=False, passages=5001,
    encoded=5000, skipped_files=0, seconds=61.25, problems=(),
)  # fmt: skip


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_summary_counts_what_was_done(console: Console) -> None:
    terminal.show_summary(console, SUMMARY)
    assert printed(console).splitlines() == [
        "Read 1,203 articles in 61.2 s: 1,200 added, 2 changed, 1 unchanged.",
        "Wrote 5,001 passages: 5,000 encoded, 1 known before.",
        "Generation 000002-9b1df023: 1,203 articles, 5,001 passages.",
    ]


def test_a_summary_of_no_change_says_that_the_generation_stays(console: Console) -> None:
    quiet = replace(SUMMARY, added=0, changed=0, unchanged=1203, passages=0, encoded=0)
    terminal.show_summary(console, quiet)
    assert printed(console).splitlines() == [
        "Read 1,203 articles in 61.2 s: 1,203 unchanged.",
        "Still generation 000002-9b1df023: 1,203 articles, 5,001 passages.",
    ]


def test_a_summary_names_what_was_amiss_first(console: Console) -> None:
    problems = (
        Problem("a\x1b[2J.txt", "it holds no text"),
        Problem("b.txt", "its date was left null", Severity.WARNING),
    )
    amiss = replace(SUMMARY, problems=problems, withheld=True, skipped_files=2)
    terminal.show_summary(console, amiss)
    first, second, third, fourth, *_ = printed(console).splitlines()
    assert (first, second) == (
        "a�[2J.txt: it holds no text",
        "b.txt: its date was left null",
    )
    assert third == "Passed over 2 files of no known kind."
    assert fourth == terminal.WITHHELD


def test_one_of_many_syncs_has_one_line(console: Console) -> None:
    terminal.show_sync(console, replace(SUMMARY, added=0, removed=3))
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  2 changed, 1 unchanged, 3 removed; "
        r"generation 000002-9b1df023: 1,203 articles, 5,001 passages\.\n",
        printed(console),
    )


def test_a_log_gets_a_line_for_each_stage_and_not_one_for_each_article(console: Console) -> None:
    with terminal.progress(console) as progress:
        for passages in range(1000):
            progress("indexing", passages / 1000, passages)
        progress("publishing", 1.0, 1000)
    assert printed(console).splitlines() == [
        "indexing, 0%",
        "publishing, 100%, 1,000 passages",
    ]


def test_a_terminal_gets_a_bar_that_vanishes() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with terminal.progress(console) as progress:
        progress("indexing", 0.25, 12)
        progress("publishing", 1.0, 1000)
    shown = printed(console)
    assert "publishing" in shown
    assert "100%" in shown
    assert shown.endswith("\x1b[2K")  # The line is erased.


def test_where_many_syncs_follow_only_a_terminal_shows_their_progress(console: Console) -> None:
    with terminal.bar(console) as progress:
        progress("indexing", 0.0, 0)
    assert printed(console) == ""
