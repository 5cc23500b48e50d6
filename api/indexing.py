"""`dateline index` and `dateline watch`: files into an index, once or whenever they change."""

# The commands import what they need when they run, so that --help comes at once.

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from rich.console import Console

from api.asking import INDEX
from indexer.errors import DatelineError, IndexBusy
from indexer.settings import IndexerSettings

if TYPE_CHECKING:
    from indexer.encoders.cache import CachedEncoder
    from indexer.engines.local import LocalEngine
    from indexer.engines.manifest import ChunkingCard, Manifest
    from indexer.loaders import Problem
    from indexer.pipeline import Progress, Summary
    from indexer.reading import Intake

EXIT_UNREADABLE = 3
# Seconds to wait for others: who works the inbox in writes for moments, again and again. A single
# run must not fail of it; one of many tells that it waits.
PATIENCE, PATIENCE_OF_WATCH = 60.0, 5.0

Command = TypeVar("Command", bound=Callable[..., object])


def _text(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """Refuse bytes that are no text: no article could hold them."""
    try:
        (given or "").encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it is no text in UTF-8.") from None
    return given


_OPTIONS = (
    INDEX,
    click.option("--source", callback=_text, help="The publisher of articles that name none."),
    click.option(
        "--model", help="A sentence-transformers model, by hub id or path (DATELINE_MODEL)."
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 256),
        help="Batches encoded at once (DATELINE_THREADS).  [default: one for each core]",
    ),
    click.option(
        "--prune", is_flag=True, help="Withdraw every article of the index that was not read."
    ),
)


def _indexing(command: Command) -> Command:
    """Give a command the options of indexing."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("paths", nargs=-1, required=True)
@_indexing
@click.option("--strict", is_flag=True, help="Exit with 3 if anything could not be read.")
def index(
    paths: tuple[str, ...],
    directory: Path,
    source: str | None,
    model: str | None,
    workers: int | None,
    prune: bool,
    strict: bool,
) -> None:
    """Index the articles in PATHS: files, folders, or - for NDJSON on standard input.

    What is new or changed is written, all else stays. Searches go on meanwhile, and see the new
    articles all at once.
    """
    from api import terminal
    from indexer.reading import Intake

    console = Console(stderr=True)
    with terminal.progress(console) as progress:
        progress("loading the model", 0.0, 0)
        with _open(directory, model, workers, PATIENCE) as indexing:
            summary = indexing.run(Intake(paths, source, complete=prune), progress)
    terminal.show_summary(console, summary)
    if strict and summary.problems:
        sys.exit(EXIT_UNREADABLE)


@click.command()
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="DIR...",
    type=click.Path(exists=True, file_okay=False),
)
@_indexing
def watch(
    folders: tuple[str, ...],
    directory: Path,
    source: str | None,
    model: str | None,
    workers: int | None,
    prune: bool,
) -> None:
    """Index the folders DIR, and again whenever something under them has changed.

    Ctrl-C or SIGTERM stops it; the index stays whole.
    """
    console = Console(stderr=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        from api.watching import follow
        from indexer.reading import Intake

        with _open(directory, model, workers, PATIENCE_OF_WATCH) as indexing:
            intake = Intake(folders, source, complete=prune)
            follow(folders, Watch(indexing, intake, console).sync)
    except KeyboardInterrupt:
        console.print("Stopped.")


@dataclass(frozen=True, slots=True)
class Indexing:
    """An index and what is needed to write to it."""

    engine: LocalEngine
    encoder: CachedEncoder
    chunking: ChunkingCard

    def run(self, intake: Intake, progress: Progress) -> Summary:
        """Bring the index up to date with `intake`; raises what `pipeline.index` raises.

        Where that leaves many small segments, they are merged.
        """
        from indexer import pipeline

        summary = pipeline.index(intake, self.engine, self.encoder, self.chunking, progress)
        progress("merging", 1.0, summary.passages)
        return replace(summary, manifest=self._merged() or summary.manifest)

    def _merged(self) -> Manifest | None:
        merged: Manifest | None = None
        try:
            while newer := self.engine.compact():
                merged = newer
        # Another process is at it.
        except IndexBusy:
            pass
        return merged


@contextmanager
def _open(
    directory: Path, model: str | None, workers: int | None, patience: float
) -> Iterator[Indexing]:
    from api.opening import open_engine
    from indexer.encoders import load_encoder
    from indexer.encoders.cache import CachedEncoder
    from indexer.engines.manifest import ChunkingCard

    settings = IndexerSettings.from_environment()
    chunking = ChunkingCard(settings.passage_tokens, settings.overlap_tokens)
    encoder = load_encoder(model or settings.model, settings.cache_dir, workers or settings.threads)
    with closing(CachedEncoder(encoder, settings.cache_dir / "vectors.sqlite")) as cached:
        yield Indexing(open_engine(directory, settings, patience), cached, chunking)


class Watch:
    """Syncs one intake again and again, a line each time; what is amiss is told when it is new."""

    def __init__(self, indexing: Indexing, intake: Intake, console: Console) -> None:
        self._indexing, self._intake, self._console = indexing, intake, console
        self._told: frozenset[Problem] | None = None
        self._error = ""

    def sync(self) -> bool:
        """Bring the index up to date; whether that could be done."""
        from api import terminal

        # The first may take hours; those that follow have a line each.
        showing = terminal.progress if self._told is None else terminal.bar
        try:
            with showing(self._console) as progress:
                summary = self._indexing.run(self._intake, progress)
        except DatelineError as error:
            self._tell(terminal.printable(str(error)))
            return False
        self._show(summary)
        return True

    def _tell(self, error: str) -> None:
        if error != self._error:
            self._console.print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
        self._error = error

    def _show(self, summary: Summary) -> None:
        from api import terminal

        fresh = [one for one in summary.problems if one not in (self._told or ())]
        terminal.show_problems(self._console, fresh)
        if summary.withheld and fresh:
            self._console.print(terminal.WITHHELD, style="yellow", soft_wrap=True)
        terminal.show_sync(self._console, summary)
        self._told, self._error = frozenset(summary.problems), ""
