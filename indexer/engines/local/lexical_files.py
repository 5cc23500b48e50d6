"""The files of a tantivy index: shared by generations, and readable for whoever may read others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode, rmtree
from tempfile import mkdtemp
from time import sleep

from indexer.temporary import temporary

_READER_LOCK, _WRITER_LOCK = ".tantivy-meta.lock", ".tantivy-writer.lock"
_REMOVALS = 100


def link(source: Path, target: Path) -> None:
    """Begin an index in `target` as what the one in `source` is."""
    target.mkdir()
    for path in _files(source):
        (target / path.name).hardlink_to(path)


@contextmanager
def readable(directory: Path) -> Iterator[str]:
    """Where an index can be opened, which nobody needs once it is open.

    tantivy makes a lock file beside what it opens. Where this process may not, it opens links to
    the files, in a directory for the while.
    """
    lock = directory / _READER_LOCK
    if os.access(lock if lock.exists() else directory, os.W_OK):
        yield str(directory)
        return
    with _linked(directory) as links:
        yield links


@contextmanager
def _linked(directory: Path) -> Iterator[str]:
    paths = _files(directory)
    with temporary():
        links = Path(mkdtemp(prefix="dateline-"))
    try:
        with temporary():
            for path in paths:
                (links / path.name).symlink_to(path.resolve())
        yield str(links)
    finally:
        _remove(links)


def _remove(links: Path) -> None:
    # A thread of tantivy may be about to make its lock file for some milliseconds yet.
    for _ in range(_REMOVALS):
        rmtree(links, ignore_errors=True)
        if not links.exists():
            return
        sleep(0.01)


def _files(directory: Path) -> list[Path]:
    """The files of an index, but for the locks of whoever has it open."""
    return [path for path in directory.iterdir() if path.suffix != ".lock"]


def let_others_read(directory: Path) -> None:
    """Give the two files that tantivy writes for their owner alone the mode of all others."""
    for name in ("meta.json", ".managed.json"):
        copymode(directory / _WRITER_LOCK, directory / name)
