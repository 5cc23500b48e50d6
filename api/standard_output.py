"""Standard output, whatever it is: of few letters, full, or gone."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

import click


class OutputLost(Exception):
    """Standard output takes nothing more."""


class Output(TextIOWrapper):
    """Standard output that puts `?` for letters it has not, and raises OutputLost when it fails."""

    def __init__(self, stream: TextIOWrapper) -> None:
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors="replace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )

    def write(self, text: str) -> int:
        """Write a text, now or with the next ones."""
        with _telling():
            return super().write(text)

    def flush(self) -> None:
        """Write what waits to be written."""
        with _telling():
            super().flush()


@contextmanager
def standard_output() -> Iterator[None]:
    """Print to what standard output is; exits with 1, and says why, where it takes no more."""
    if not isinstance(sys.stdout, TextIOWrapper):  # It was closed.
        yield
        return
    sys.stdout.flush()
    output = sys.stdout = Output(sys.stdout)
    try:
        try:
            yield
        finally:
            output.flush()
    except (OutputLost, BrokenPipeError) as error:
        _let_go(output)
        # Who reads no further, as `head` does, need not be told so.
        if isinstance(error, OutputLost):
            click.echo(f"Error: {error}", err=True)
        sys.exit(1)


def print_json(answer: object) -> None:
    """Print JSON for people to read, or escaped where the stream has not all letters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    escaped = not codecs.lookup(encoding).name.startswith("utf")
    click.echo(json.dumps(answer, ensure_ascii=escaped, indent=2))


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    # Others know what to do where nobody reads on.
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(f"Standard output cannot be written: {error.strerror}.") from error


def _let_go(output: TextIOWrapper) -> None:
    """Have what still waits written nowhere: at its end, the interpreter would try once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
