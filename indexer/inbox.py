"""The inbox: changes that any process may hand in, kept safe until one process works them in.

One SQLite file beside the index, in WAL mode with every commit forced to the disk. Entries are
worked in by their numbers, which grow in the order of the commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time
from uuid import uuid4

from indexer.article_json import to_json
from indexer.errors import KeyReused
from indexer.failpoints import reach
from indexer.inbox_file import opened, writing
from indexer.jobs import (
    Change,
    Entry,
    Failure,
    Job,
    JobState,
    Outcome,
    Put,
    Refused,
    RequestKey,
    Tally,
    Withdrawal,
)

NAME = "inbox.sqlite"
SHOWN_FAILURES = 100
"""So many failures of a job are kept; all are counted."""
KEPT_SECONDS = 24 * 3600
KEPT_JOBS = 10_000

_INCOMING = """
CREATE TEMP TABLE incoming (
    number INTEGER PRIMARY KEY, article_id TEXT, payload TEXT, reason TEXT
) STRICT
"""


class Inbox:
    """The inbox of one index; safe to use from several threads and processes.

    Every method raises InboxUnusable when the file cannot be used, and then nothing was changed.
    """

    def __init__(self, index: Path) -> None:
        """The inbox of the index in the directory `index`; nothing is opened or made yet."""
        self.path = index / NAME

    @contextmanager
    def delivery(self) -> Iterator[Delivery]:
        """Take changes in one by one; unless the delivery is accepted, there were none."""
        with opened(self.path, create=True) as database:
            yield Delivery(database)

    def job(self, job_id: str) -> Job | None:
        """What became of a delivery, or None when there is no such job (any more)."""
        if not self.path.exists():
            return None
        with opened(self.path) as database:
            return _job(database, job_id)

    def take(self, entries: int, characters: int) -> list[Entry]:
        """The entries that come next, so many at most, and one however long it is."""
        if not self.path.exists():
            return []
        with opened(self.path) as database:
            taken = list(_next(database, entries, characters))
            if taken:
                with writing(database):
                    database.executemany(
                        "UPDATE jobs SET started = 1 WHERE id = ? AND NOT started",
                        [(job,) for job in sorted({entry.job for entry in taken})],
                    )
        return taken

    def settle(self, outcomes: Sequence[tuple[Entry, Outcome]], generation: str | None) -> None:
        """Mark entries as worked in: what they say is in `generation`, if there is any."""
        with opened(self.path) as database, writing(database):
            for entry, outcome in outcomes:
                _count(database, entry, outcome)
                database.execute(
                    "UPDATE jobs SET generation = coalesce(?, generation) WHERE id = ?",
                    (generation, entry.job),
                )
            _clear(database)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Mark an entry as one that cannot be worked in."""
        with opened(self.path) as database, writing(database):
            _count(database, entry, "failed")
            database.execute(
                "INSERT INTO failures (job, article_id, reason) SELECT ?1, ?2, ?3 "
                "WHERE (SELECT count(*) FROM failures WHERE job = ?1) < ?4",
                (entry.job, entry.article_id, reason, SHOWN_FAILURES),
            )
            _clear(database)

    def hold(self, kind: str) -> None:
        """Say which kind of error keeps entries waiting; an empty one that none does (any more)."""
        if self.path.exists():
            with opened(self.path) as database, writing(database):
                database.execute("UPDATE state SET held = ?", (kind,))

    def align(self, drained: int) -> None:
        """Number what waits above `drained`, the last entry the index says it has worked in.

        It always is, unless another inbox, or an old one, has been put beside the index: its
        entries would pass for worked in.
        """
        if not self.path.exists():
            return
        with opened(self.path) as database:
            if _last_number(database) >= drained:
                return
            with writing(database):
                database.execute(
                    "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'entries'", (drained,)
                )
                database.execute("UPDATE entries SET number = number + ?", (drained,))


class Delivery:
    """The changes of one request, kept aside until all have come."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # A table of this connection alone: what is long or comes slowly neither keeps others from
        # writing nor fills the memory.
        database.execute(_INCOMING)
        database.execute("BEGIN")

    def add(self, change: Change) -> None:
        """Take one more change."""
        self._database.execute("INSERT INTO incoming VALUES (NULL, ?, ?, ?)", _columns(change))

    def accept(self, key: RequestKey | None = None) -> Job:
        """Make all changes one job, for good: once this returns, no crash loses them.

        A request whose `key` was accepted before is that job, and these changes are dropped.
        Raises KeyReused when it was another request.
        """
        self._database.execute("COMMIT")
        with writing(self._database):
            job_id = (key and self._known(key)) or self._accepted(key)
            job = _found(self._database, job_id)
        reach("inbox-appended")
        return job

    def _known(self, key: RequestKey) -> str | None:
        row = self._database.execute(
            "SELECT request, job FROM keys WHERE key = ?", (key.key,)
        ).fetchone()
        if row and row[0] != key.request:
            raise KeyReused(f"The key {key.key} was used for another request: choose a new one.")
        return str(row[1]) if row else None

    def _accepted(self, key: RequestKey | None) -> str:
        job_id, database = uuid4().hex, self._database
        [(received, failed)] = database.execute("SELECT count(*), count(reason) FROM incoming")
        now = datetime.now(UTC)
        created = now.isoformat(timespec="milliseconds")
        finished = now.timestamp() if received == failed else None
        database.execute(
            "INSERT INTO jobs (id, created_at, received, failed, finished_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (job_id, created, received, failed, finished),
        )
        database.execute(
            "INSERT INTO entries (job, article_id, payload) SELECT ?, article_id, payload "
            "FROM incoming WHERE reason IS NULL ORDER BY number",
            (job_id,),
        )
        database.execute(
            "INSERT INTO failures (job, article_id, reason) SELECT ?, article_id, reason "
            "FROM incoming WHERE reason IS NOT NULL ORDER BY number LIMIT ?",
            (job_id, SHOWN_FAILURES),
        )
        if key:
            database.execute("INSERT INTO keys VALUES (?, ?, ?)", (key.key, key.request, job_id))
        return job_id


def _columns(change: Change) -> tuple[str | None, str | None, str | None]:
    match change:
        case Put(article):
            return article.id, to_json(article), None
        case Withdrawal(article_id):
            return article_id, None, None
        case Refused(article_id, reason):
            return article_id, None, reason


def _next(database: sqlite3.Connection, entries: int, characters: int) -> Iterator[Entry]:
    rows = database.execute(
        "SELECT number, job, article_id, payload FROM entries ORDER BY number LIMIT ?", (entries,)
    )
    room = characters
    for row in rows:
        entry = Entry(*row)
        length = len(entry.payload or "")
        if room < characters and length > room:
            return
        room -= length
        yield entry


def _count(database: sqlite3.Connection, entry: Entry, outcome: str) -> None:
    """Take an entry out of what waits, once, and count it for its job."""
    if database.execute("DELETE FROM entries WHERE number = ?", (entry.number,)).rowcount:
        database.execute(
            f"UPDATE jobs SET {outcome} = {outcome} + 1, started = 1 WHERE id = ?",  # noqa: S608 (a column)
            (entry.job,),
        )
        database.execute(
            "UPDATE jobs SET finished_at = ? WHERE id = ? "
            "AND received = indexed + unchanged + withdrawn + failed",
            (time(), entry.job),
        )


def _clear(database: sqlite3.Connection) -> None:
    """Forget finished jobs, with their keys, that are old or too many."""
    database.execute(
        "DELETE FROM jobs WHERE finished_at < ? OR finished_at < "
        "(SELECT finished_at FROM jobs WHERE finished_at IS NOT NULL "
        "ORDER BY finished_at DESC LIMIT 1 OFFSET ?)",
        (time() - KEPT_SECONDS, KEPT_JOBS - 1),
    )


def _last_number(database: sqlite3.Connection) -> int:
    [(number,)] = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
    return int(number)


def _found(database: sqlite3.Connection, job_id: str) -> Job:
    created, generation, started, *counts, held = database.execute(
        "SELECT created_at, generation, started, received, indexed, unchanged, withdrawn, failed, "
        "held FROM jobs, state WHERE id = ?",
        (job_id,),
    ).fetchone()
    tally = Tally(*counts)
    return Job(
        id=job_id,
        created_at=datetime.fromisoformat(created),
        state=_state(tally, started),
        tally=tally,
        generation=generation,
        failures=tuple(
            Failure(*row)
            for row in database.execute(
                "SELECT article_id, reason FROM failures WHERE job = ? ORDER BY rowid", (job_id,)
            )
        ),
        held=held if tally.waiting else "",
    )


def _job(database: sqlite3.Connection, job_id: str) -> Job | None:
    known = database.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return _found(database, job_id) if known else None


def _state(tally: Tally, started: int) -> JobState:
    if tally.waiting:
        return JobState.INDEXING if started else JobState.QUEUED
    return JobState.FAILED if tally.failed == tally.received else JobState.SEARCHABLE
