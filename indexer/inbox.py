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
from indexer.inbox_check import check, digest_of
from indexer.inbox_file import opened, writing
from indexer.inbox_jobs import clear, find_job, give_up, settle
from indexer.inbox_numbers import align
from indexer.inbox_reading import read_only
from indexer.jobs import Entry, Job, Outcome

NAME = "inbox.sqlite"
DAMAGED = "What waited is not what was handed in any more: send it again."


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
        """The entries that come next, so many at most, and one however long it is.

        Those that are not what was handed in any more are set aside.
        """
        if not self.path.exists():
            return []
        with opened(self.path) as database:
            while waiting := list(_next(database, entries, characters)):
                taken = [entry for entry, sound in waiting if sound]
                with writing(database):
                    for entry in (entry for entry, sound in waiting if not sound):
                        give_up(database, entry, DAMAGED)
                    database.executemany(
                        "UPDATE jobs SET started = 1 WHERE id = ? AND NOT started",
                        [(job,) for job in sorted({entry.job for entry in taken})],
                    )
                if taken:
                    return taken
        return []

    def settle(self, outcomes: Sequence[tuple[Entry, Outcome]], generation: str | None) -> None:
        """Mark entries as worked in: what they say is in `generation`, if there is any."""
        with opened(self.path) as database, writing(database):
            settle(database, outcomes, generation)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Mark an entry as one that cannot be worked in."""
        with opened(self.path) as database, writing(database):
            give_up(database, entry, reason)
            clear(database)

    def check(self) -> None:
        """Raise InboxUnusable unless everything that waits is as it was handed in."""
        if self.path.exists():
            read_only(self.path, check)

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
        if self.path.exists():
            with opened(self.path) as database, writing(database):
                align(database, drained)


def _next(
    database: sqlite3.Connection, entries: int, characters: int
) -> Iterator[tuple[Entry, bool]]:
    """The entries that come next, and whether each is as it was handed in."""
    rows = database.execute(
        "SELECT number, job, article_id, payload, digest FROM entries ORDER BY number LIMIT ?",
        (entries,),
    )
    room = characters
    for *columns, digest in rows:
        entry = Entry(*columns)
        length = len(entry.payload or "")
        if room < characters and length > room:
            return
        room -= length
        yield entry, digest_of(entry.article_id, entry.payload) == digest
