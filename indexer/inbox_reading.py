"""Reading an inbox, also where one may only read: on a disk, or as a user, that keeps it so."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import TypeVar

from indexer.errors import InboxUnusable
from indexer.inbox_file import connect, opened, plainly

Found = TypeVar("Found")
# Of two writes within a tick of the kernel's clock, the second does not show in a file's time.
_TICK_SECONDS = 0.02


def read_only(path: Path, read: Callable[[sqlite3.Connection], Found]) -> Found:
    """What `read` finds in an inbox that is there; it may be called again, and writes nothing.

    Raises InboxUnusable when the inbox cannot be read.
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        with opened(path) as database:
            return read(database)
    with plainly(path):
        return undisturbed(path, read)


def undisturbed(path: Path, read: Callable[[sqlite3.Connection], Found]) -> Found:
    """What `read` finds where nothing can be written, not even what keeps writers out.

    SQLite opens a file without its journal only as one that nobody writes to. So it is read again
    when somebody has done so meanwhile.
    """
    while True:
        before = _at_rest(path)
        sleep(_TICK_SECONDS)
        try:
            with closing(connect(path, "immutable=1" if before else "mode=ro")) as database:
                found = read(database)
        except (sqlite3.DatabaseError, InboxUnusable):
            if _at_rest(path) == before:
                raise
        else:
            if before is None or _at_rest(path) == before:
                return found


def _at_rest(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is written to; None while some of it is in a journal."""
    if Path(f"{path}-wal").exists():
        return None
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns
