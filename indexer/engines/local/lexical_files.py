"""The files of a tantivy index: shared by generations, and readable for whoever may read others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode, rmtree
from tempfile import mkdtemp
from time import sleep

from indexer.temporary import temporary

_WRITER_LOCK = ".tantivy-writer.lock"
_REMOVALS = 100


def link(source: Path, target: Path) -> None:
    """Begin an index in `target` as what the one in `source` is."""
    target.mkdir()
    for path in _files(source):
        (target / path.name).hardlink_to(path)


@contextmanager
def linked(directory: Path) -> Iterator[str]:
    """A directory of links to the files of an index, which nobody needs once they are open.

    tantivy makes a lock file beside what it opens, and the index itself may only be read.
    """
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
