"""The command `dateline`.

Exit codes: 0 done; 1 it could not be done, and the message says what to do; 2 wrong usage;
3 indexed, but `--strict` was given and something could not be read.
"""

# The commands import what they need when they run, so that --help comes at once.

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from api import upkeep
from api.asking import INDEX, search, why_not
from api.evaluation.command import evaluate
from api.evaluation.fit_command import fit
from api.indexing import index, watch
from api.ingest_command import ingest
from api.mcp_command import mcp
from api.standard_output import standard_output
from indexer.errors import DatelineError
from indexer.settings import IndexerSettings


class Commands(click.Group):
    """Turns the errors a user can mend into a plain message and exit code 1."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command as a program."""
        with standard_output():
            return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DatelineError as error:
            from api.terminal import printable

            raise click.ClickException(printable(str(error))) from error


@click.group(cls=Commands)
@click.version_option(package_name="dateline")
def main() -> None:
    """Semantic search over news: ranked passages, each attributed to its source."""


def _named(_: click.Context, __: click.Parameter, host: str) -> str:
    if not host.strip():
        raise click.BadParameter("name an address, such as 127.0.0.1, or 0.0.0.0 for all of them.")
    return host


@main.command()
@INDEX
@click.option("--host", default="127.0.0.1", show_default=True, callback=_named)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def serve(directory: Path, host: str, port: int, workers: int) -> None:
    """Serve an index over HTTP."""
    from api import terminal
    from api.app import open_judge, open_llm, open_searcher
    from api.server import Binding, Server
    from api.settings import ApiSettings

    binding = Binding(host, port, workers)
    settings = replace(ApiSettings.from_environment(), index=directory)
    # A setting that no worker could start with is told at once, and plainly.
    open_searcher(settings)
    open_llm(settings)
    open_judge(settings)
    if settings.write_keys:  # Nor could `dateline ingest`, which is started beside them.
        IndexerSettings.from_environment()
    Server(settings, binding, lambda: terminal.show_welcome(Console(), binding.url)).run()


@main.command()
@INDEX
def doctor(directory: Path) -> None:
    """See what is installed, which model and index there are, and what to mend."""
    from api.doctor import examine
    from api.terminal import show_finding

    console = Console()
    passed = True
    for finding in examine(directory):
        show_finding(console, finding)
        passed &= finding.passed
    if not passed:
        sys.exit(1)


COMMANDS = (index, watch, ingest, mcp, *upkeep.COMMANDS, search, why_not, evaluate, fit)
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
