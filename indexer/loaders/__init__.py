"""Loaders: files in, articles out, one at a time; one format a file, all named in LOADERS.

To add a format, write its loader in a file of its own and name its suffix here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.documents import Article
from indexer.errors import UnreadableFile
from indexer.loaders.articles import settle
from indexer.loaders.draft import Draft, Loader, Problem, Severity
from indexer.loaders.feed import load_feed
from indexer.loaders.files import SIZE_LIMIT, Found, InputFile, find, open_input
from indexer.loaders.jsonfile import load_json
from indexer.loaders.jsonlines import load_lines
from indexer.loaders.markdown import load_markdown
from indexer.loaders.plaintext import load_text
from indexer.loaders.webpage import load_page

__all__ = [
    "LOADERS",
    "SIZE_LIMIT",
    "Found",
    "InputFile",
    "Loaded",
    "Problem",
    "Severity",
    "find_files",
    "load",
    "load_file",
]

LOADERS: dict[str, Loader] = {
    ".atom": load_feed,
    ".htm": load_page,
    ".html": load_page,
    ".json": load_json,
    ".jsonl": load_lines,
    ".md": load_markdown,
    ".ndjson": load_lines,
    ".rss": load_feed,
    ".txt": load_text,
    ".xml": load_feed,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and where it was read, for messages."""

    article: Article
    where: str
    share: float = 0.0
    """The share of its file that had been read by then, for progress."""


def find_files(paths: Sequence[str | Path]) -> Found:
    """The files to load under `paths`; `-` is JSON lines on standard input."""
    return find(paths, LOADERS)


def load_file(
    file: InputFile, *, source: str | None = None, limit: int = SIZE_LIMIT
) -> Iterator[Loaded | Problem]:
    """The articles of one file, each as soon as it is read; whatever is unreadable is a Problem.

    `source` names the publisher of articles that name none; `limit` bounds the file in bytes.
    """
    try:
        with open_input(file, limit) as opened:
            for item in LOADERS[file.suffix](opened.stream):
                yield from _settled(item, file, source, opened.share)
    except UnreadableFile as error:
        yield Problem(file.where, str(error))
    except (OSError, EOFError, zlib.error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        yield Problem(file.where, f"it could not be read: {reason}")


def load(
    paths: Sequence[str | Path], *, source: str | None = None, limit: int = SIZE_LIMIT
) -> Iterator[Loaded | Problem]:
    """The articles of every file under `paths`, and a Problem for whatever could not be read."""
    found = find_files(paths)
    yield from found.problems
    for file in found.files:
        yield from load_file(file, source=source, limit=limit)


def _settled(
    item: Draft | Problem, file: InputFile, source: str | None, share: float
) -> Iterator[Loaded | Problem]:
    if isinstance(item, Problem):
        yield replace(item, where=_within(file, item.where))
        return
    where = _within(file, item.place)
    try:
        article, doubts = settle(item, file, source)
    except UnreadableFile as error:
        yield Problem(where, str(error))
        return
    yield Loaded(article, where, share)
    for doubt in doubts:
        yield Problem(where, doubt, Severity.WARNING)


def _within(file: InputFile, place: str) -> str:
    return f"{file.where}, {place}" if place else file.where
