"""Upkeep of an index from the command line: compacting, checking, going back, backups."""

# The commands import what they need when they run, so that --help comes at once.

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.asking import INDEX

if TYPE_CHECKING:
    from indexer.engines.local import LocalEngine
    from indexer.engines.manifest import Manifest

# More columns than the table of generations has letters in a line.
_WIDE = 200


@click.command()
@INDEX
@click.option("--all", "whole", is_flag=True, help="Into one segment, without what was withdrawn.")
def compact(directory: Path, whole: bool) -> None:
    """Merge segments where that pays; searches and writers go on meanwhile.

    Nothing is encoded again. Whoever writes to an index does this by itself.
    """
    from indexer.engines.local.tiers import TIERED, WHOLE

    manifest = _engine(directory).compact(WHOLE if whole else TIERED)
    if manifest is None:
        click.echo("There is nothing to merge.")
        return
    _tell(manifest)


@click.command()
@INDEX
@click.option("--generation", help="Another generation than the newest that is kept.")
def verify(directory: Path, generation: str | None) -> None:
    """Read every byte of an index and see whether all of it is as it was written.

    Checksums, the offsets of every passage, the length of every vector, the counts of FAISS,
    tantivy and SQLite, what waits in the inbox, and the model's canary vectors. Exits with 1 if
    anything is wrong.
    """
    from rich.console import Console

    from api.doctor import Finding, inbox_finding, index_model
    from api.terminal import show_finding

    console, sound = Console(), True
    for checked in _engine(directory).verify(generation):
        sound &= not checked.problem
        show_finding(console, Finding(checked.name, not checked.problem, checked.problem))
    others = [inbox_finding(directory)]
    # The model is that of the newest, which a sound one may be looked for behind.
    if sound and not generation:
        others.append(index_model(directory))
    for finding in others:
        show_finding(console, finding)
    if not sound:
        # Whatever else is wrong says itself what to do: it would not be mended by that.
        click.echo(
            "Go back to a generation that is sound (dateline rollback), or restore a backup."
        )
    if not sound or not all(finding.passed for finding in others):
        sys.exit(1)


@click.command()
@INDEX
def generations(directory: Path) -> None:
    """List the generations that are kept, oldest first."""
    from rich.console import Console
    from rich.table import Table

    table = Table("generation", "made", box=None)
    for counted in ("articles", "passages", "segments"):
        table.add_column(counted, justify="right")
    for kept in _engine(directory).generations():
        table.add_row(kept.name, *_columns(kept.manifest), style="bold" if kept.current else None)
    # A name that is cut is none: in a narrow terminal, lines run over.
    Console(width=_WIDE).print(table)


@click.command()
@click.argument("generation")
@INDEX
def rollback(generation: str, directory: Path) -> None:
    """Go back to GENERATION, as the newest one under a new name.

    What came after it is out of every answer, and stays so: it is not worked in again.
    """
    _tell(_engine(directory).roll_back(generation))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@INDEX
def backup(file: Path, directory: Path) -> None:
    """Write the index, and what waits in its inbox, to FILE, a tar archive.

    Searches and writers go on meanwhile; FILE holds one generation as a whole.
    """
    from rich.console import Console

    from api import terminal

    with terminal.progress(Console(stderr=True)) as progress:
        manifest = _engine(directory).back_up(
            file.absolute(), lambda done: progress("writing", done, 0)
        )
    click.echo(f"Generation {manifest.generation} is in {file}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@INDEX
def restore(file: Path, directory: Path) -> None:
    """Make an index of a backup, in a directory that is empty or not there yet."""
    from rich.console import Console

    from api import terminal

    with terminal.progress(Console(stderr=True)) as progress:
        manifest = _engine(directory.absolute()).restore(
            file, lambda done: progress("restoring", done, 0)
        )
    _tell(manifest)


def _columns(manifest: Manifest | None) -> tuple[str, ...]:
    if manifest is None:
        return ("its manifest cannot be read",)
    counts = (manifest.articles, manifest.passages, len(manifest.segments))
    return (manifest.created_at, *(f"{count:,}" for count in counts))


def _engine(directory: Path) -> LocalEngine:
    """The engine over `directory`, which waits a while for others that write."""
    from api.opening import open_engine
    from indexer.settings import IndexerSettings

    return open_engine(directory, IndexerSettings.from_environment(), patience=60.0)


def _tell(manifest: Manifest) -> None:
    from api.terminal import counted

    click.echo(
        f"Generation {manifest.generation}: {counted(manifest.articles, 'article')}, "
        f"{counted(manifest.passages, 'passage')} in "
        f"{counted(len(manifest.segments), 'segment')}."
    )


COMMANDS = (compact, verify, generations, rollback, backup, restore)
