"""The file of an inbox: how it comes to be, is opened, written and watched."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from indexer.durable import sync
from indexer.errors import InboxUnusable
from indexer.locking import held

FORMAT_VERSION = 1
BUSY_SECONDS = 30.0
# What a large delivery left behind of the journal is given back.
_JOURNAL_BYTES = 16 * 2**20
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

log = logging.getLogger(__name__)

SCHEMA = """
PRAGMA auto_vacuum = FULL;
PRAGMA journal_mode = WAL;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, created_at TEXT NOT NULL, finished_at REAL, generation TEXT,
    started INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL,
    indexed INTEGER NOT NULL DEFAULT 0, unchanged INTEGER NOT NULL DEFAULT 0,
    withdrawn INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_end ON jobs (finished_at);
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL REFERENCES jobs,
    article_id TEXT NOT NULL, payload TEXT, digest BLOB NOT NULL
) STRICT;
CREATE INDEX entries_by_job ON entries (job);
CREATE TABLE failures (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, article_id TEXT, reason TEXT NOT NULL
) STRICT;
CREATE INDEX failures_by_job ON failures (job);
CREATE TABLE keys (
    key TEXT PRIMARY KEY, request BLOB NOT NULL, job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE
) STRICT;
CREATE INDEX keys_by_job ON keys (job);
CREATE TABLE state (held TEXT NOT NULL) STRICT;
INSERT INTO state VALUES ('');
"""


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to the inbox at `path`; raises InboxUnusable for whatever is wrong with it."""
    with plainly(path):
        if create and not path.exists():
            _begin(path)
        with closing(connect(path)) as database:
            yield database


@contextmanager
def writing(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction, all of it or nothing; when it has ended, it is on the disk."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        # SQLite has taken some back by itself, as when the disk is full.
        if database.in_transaction:
            database.execute("ROLLBACK")


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite says into an InboxUnusable that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # The low byte is the error's family; the rest is detail. Text that is none has no code.
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGED:
            raise _damaged(path, error) from error
        raise _unusable(path, error) from error
    # A message of SQLite that quotes what it stumbled over need not be text itself.
    except UnicodeDecodeError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _unusable(path, error) from error


def connect(path: Path, access: str = "mode=rw") -> sqlite3.Connection:
    """Open an inbox that is there already."""
    uri = f"file:{quote(str(path))}?{access}"
    database = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        [(version,)] = database.execute("PRAGMA user_version")
        if version != FORMAT_VERSION:
            raise InboxUnusable(
                f"The inbox {path} has format {version}, this Dateline reads {FORMAT_VERSION}: "
                "let the Dateline that wrote it drain it, then remove the file."
            )
        for setting in (
            "synchronous = FULL",
            "foreign_keys = ON",
            f"journal_size_limit = {_JOURNAL_BYTES}",
        ):
            database.execute(f"PRAGMA {setting}")
    except BaseException:
        database.close()
        raise
    return database


def _begin(path: Path) -> None:
    """Make an empty inbox where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    busy = InboxUnusable(f"Another process takes long to make the inbox {path}: try again.")
    # Without the lock, the journal of one who was faster would pass for one that was left behind.
    with held(path.parent, busy, BUSY_SECONDS):
        if not path.exists():
            _part_from_the_one_before(path)
            _appear(path)


def _part_from_the_one_before(path: Path) -> None:
    """Rename what a crash left of an inbox that was taken away: it would be read into the next.

    Nothing is removed, since what waited there may be in its journal alone.
    """
    name = uuid4().hex
    left = [file for end in ("-wal", "-shm") if (file := Path(f"{path}{end}")).exists()]
    for file in left:
        aside = file.with_name(f"{file.name}.{name}")
        file.rename(aside)
        log.warning("%s is of an inbox that is there no more, and is kept as %s", file, aside)
    if left:
        sync(path.parent)


def _appear(path: Path) -> None:
    """Make an empty inbox, which others see only when it is whole."""
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
            database.executescript(SCHEMA)
            database.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            database.execute("INSERT INTO sqlite_sequence VALUES ('entries', 0)")
        sync(unfinished)
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return  # Somebody has put one there.
        sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _damaged(path: Path, error: Exception) -> InboxUnusable:
    return InboxUnusable(
        f"The inbox {path} is damaged ({error}): stop the server, move it elsewhere with all "
        f"of its files ({path.name}*), and send again what had not become searchable."
    )


def _unusable(path: Path, error: Exception) -> InboxUnusable:
    return InboxUnusable(
        f"The inbox {path} cannot be used ({error}): make room or give access there, and where "
        "temporary files are (TMPDIR)."
    )


class Watch:
    """Tells cheaply whether anybody has written to an inbox; for one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = 0
        self._version = 0
        self._database: sqlite3.Connection | None = None

    def changed(self) -> bool:
        """Whether there was anything new since the last call, or it is the first one."""
        try:
            file = self._path.stat().st_ino
        except FileNotFoundError:
            return False
        with plainly(self._path):
            # Somebody may have put another file in its place.
            if self._database is None or file != self._file:
                self.close()
                self._database, self._file, self._version = connect(self._path), file, -1
            [(version,)] = self._database.execute("PRAGMA data_version")
        changed: bool = version != self._version
        self._version = version
        return changed

    def close(self) -> None:
        """Let go of the file."""
        if self._database is not None:
            self._database.close()
            self._database = None
