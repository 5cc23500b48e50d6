"""What a person at a terminal sees: progress, summaries and findings."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from api.doctor import Finding
from indexer import pipeline
from indexer.loaders import Problem, Severity
from indexer.pipeline import Summary

_PLAIN_LINE_SECONDS = 5.0
_BAR_SECONDS = 0.1
WITHHELD = (
    "Nothing was withdrawn: what could not be read may hold articles that seem to be gone. "
    "Mend or move it, then index again."
)
_CONTROL = re.compile(r"(?![\n\t])[\x00-\x1f\x7f-\x9f]")


class Clock:
    """How long the present stage has lasted, and how fast it goes."""

    def __init__(self) -> None:
        self.stage = ""
        self._started, self._passages = time.monotonic(), 0

    def rate(self, stage: str, passages: int) -> str:
        """Passages a second since `stage` began, in words; empty before the first."""
        if stage != self.stage:
            self.stage, self._started, self._passages = stage, time.monotonic(), passages
        seconds = time.monotonic() - self._started
        fresh = passages - self._passages
        return f"{fresh / seconds:,.0f} passages/s" if fresh and seconds else ""


class Bar:
    """A progress bar: stage, share done, passages a second, time left."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self._clock = Clock()
        self._last = 0.0

    def __call__(self, stage: str, done: float, passages: int) -> None:
        """Show that `done` (0 to 1) of the work is over and `passages` are written."""
        now = time.monotonic()
        if stage == self._clock.stage and now - self._last < _BAR_SECONDS:
            return
        self._last = now
        rate = self._clock.rate(stage, passages)
        self._progress.update(self._task, description=stage, completed=done, rate=rate)


class Lines:
    """The same for a log file: a plain line every few seconds, and one for each new stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._clock = Clock()
        self._last = 0.0

    def __call__(self, stage: str, done: float, passages: int) -> None:
        """Print a line if the stage is new or the last line is some seconds old."""
        now = time.monotonic()
        if stage == self._clock.stage and now - self._last < _PLAIN_LINE_SECONDS:
            return
        self._last = now
        rate = self._clock.rate(stage, passages)
        written = counted(passages, "passage") if passages else ""
        parts = [stage, f"{done:.0%}", written, rate]
        self._console.print(", ".join(filter(None, parts)))


def silent(stage: str, done: float, passages: int) -> None:
    """Show no progress."""


@contextmanager
def progress(console: Console) -> Iterator[pipeline.Progress]:
    """A bar on a terminal, plain lines anywhere else."""
    with bar(console, Lines(console)) as shown:
        yield shown


@contextmanager
def bar(console: Console, otherwise: pipeline.Progress = silent) -> Iterator[pipeline.Progress]:
    """A bar that vanishes at the end, on a terminal; anywhere else what is to be shown there."""
    if not console.is_terminal:
        yield otherwise
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield Bar(bars, bars.add_task("reading", total=1.0, rate=""))


def show_summary(console: Console, summary: Summary) -> None:
    """Print what an indexing run did, and everything it could not read."""
    show_problems(console, summary.problems)
    if summary.skipped_files:
        console.print(f"Passed over {counted(summary.skipped_files, 'file')} of no known kind.")
    if summary.withheld:
        console.print(WITHHELD, style="yellow", soft_wrap=True)
    console.print(
        f"Read {counted(summary.articles, 'article')} in {summary.seconds:.1f} s: "
        f"{_changes(summary)}.",
        soft_wrap=True,
    )
    if summary.passages:
        console.print(
            f"Wrote {counted(summary.passages, 'passage')}: {summary.encoded:,} encoded, "
            f"{summary.passages - summary.encoded:,} known before."
        )
    console.print(f"{'Generation' if summary.published else 'Still generation'} {_size(summary)}.")


def show_sync(console: Console, summary: Summary) -> None:
    """Print in one line what a run did that is one of many."""
    moment = datetime.now().strftime("%H:%M:%S")
    console.print(f"{moment}  {_changes(summary)}; generation {_size(summary)}.", soft_wrap=True)


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """Print a line for each thing that could not be read."""
    for problem in problems:
        style = "red" if problem.severity is Severity.ERROR else "yellow"
        text = Text.assemble((f"{printable(problem.where)}: ", style), printable(problem.reason))
        console.print(text, soft_wrap=True)


def _changes(summary: Summary) -> str:
    """How many articles were added, changed, unchanged and removed; those that none were apart."""
    counts = {
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _size(summary: Summary) -> str:
    manifest = summary.manifest
    articles, passages = manifest.articles, manifest.passages
    return f"{manifest.generation}: {counted(articles, 'article')}, {counted(passages, 'passage')}"


def show_welcome(console: Console, url: str) -> None:
    """Print where the server listens, and a line to try."""
    console.print(f"Dateline listens on {url} (Ctrl-C stops it). Try:\n")
    line = f"  curl '{url}/search?q=Nansei+island+chain+deployments'\n"
    console.print(line, style="bold", soft_wrap=True)


def show_finding(console: Console, finding: Finding) -> None:
    """Print one finding of the doctor on a line."""
    mark = ("ok   ", "green") if finding.passed else ("mend ", "red")
    text = Text.assemble(mark, (f"{finding.name:<12} ", "bold"), finding.detail)
    console.print(text, soft_wrap=True)


def printable(text: str) -> str:
    """`text` with every control character but line breaks and tabs made visible as `�`.

    Articles keep theirs, and a terminal would obey an escape sequence out of a stranger's text.
    """
    return _CONTROL.sub("�", text)


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
