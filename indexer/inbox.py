"""The inbox: changes that any process may hand in, kept safe until one process works them in.

One SQLite file beside the index, in WAL mode with every commit forced to the disk. Entries are
worked in by their numbers, which grow in the order of the commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from indexer.delivery import Delivery
from indexer.inbox_check import check
from indexer.inbox_file import opened, writing
from indexer.inbox_jobs import SHOWN_FAILURES, clear, count, find_job
from indexer.jobs import Entry, Job, Outcome

NAME = "inbox.sqlite"


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
            return find_job(database, job_id)

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
                count(database, entry, outcome)
                database.execute(
                    "UPDATE jobs SET generation = coalesce(?, generation) WHERE id = ?",
                    (generation, entry.job),
                )
            clear(database)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Mark an entry as one that cannot be worked in."""
        with opened(self.path) as database, writing(database):
            count(database, entry, "failed")
            database.execute(
                "INSERT INTO failures (job, article_id, reason) SELECT ?1, ?2, ?3 "
                "WHERE (SELECT count(*) FROM failures WHERE job = ?1) < ?4",
                (entry.job, entry.article_id, reason, SHOWN_FAILURES),
            )
            clear(database)

    def check(self) -> None:
        """Raise InboxUnusable unless everything that waits is as it was handed in."""
        if self.path.exists():
            with opened(self.path) as database:
                check(database)

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


def _last_number(database: sqlite3.Connection) -> int:
    [(number,)] = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
    return int(number)
