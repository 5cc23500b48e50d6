"""`dateline mcp`: the index as tools for a model, on standard input and output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from api.asking import INDEX


@click.command()
@INDEX
def mcp(directory: Path) -> None:
    """Let a model search an index, by the Model Context Protocol on standard input and output.

    To be started by a client of the protocol, such as Claude Desktop.
    """
    from api.app import open_searcher
    from api.search.watch import Watch
    from api.settings import ApiSettings
    from indexer.errors import MissingExtra

    try:
        from api.doors.mcp_server import serve_stdio
    except ImportError as error:
        raise MissingExtra(
            "The Model Context Protocol needs more packages: pip install 'dateline[mcp]'"
        ) from error
    searcher = open_searcher(replace(ApiSettings.from_environment(), index=directory))
    searcher.snapshot()
    Watch(searcher.generations.refresh)
    serve_stdio(searcher)
