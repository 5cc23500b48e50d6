"""The numbers of what waits, by which an index knows how much of it is worked in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from indexer.inbox_file import connect, writing
from indexer.inbox_jobs import settle
from indexer.jobs import Entry


def align(database: sqlite3.Connection, drained: int) -> None:
    """Number above `drained` what the index that says so has not worked in, and what comes."""
    if _is_of_another(database, drained):
        _number_anew(database, drained)
    # A file that is not written to wakes nobody.
    database.execute(
        "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'entries' AND seq < ?1", (drained,)
    )


def count_as_drained(copy: Path, before: int, drained: int, generation: str) -> None:
    """Settle in the copy of an inbox what `generation` has of it, entries up to `drained`.

    `before` is what the index said before it was copied: of what was of another inbox then, nobody
    can know that the generation has it, and it waits on.
    """
    with closing(connect(copy)) as database, writing(database):
        if _is_of_another(database, before):
            _number_anew(database, max(before, drained))
        rows = database.execute(
            "SELECT number, job, article_id, payload FROM entries WHERE number <= ?", (drained,)
        )
        outcomes = [(entry, entry.outcome_when_drained) for entry in (Entry(*row) for row in rows)]
        settle(database, outcomes, generation)
        align(database, drained)


def _is_of_another(database: sqlite3.Connection, drained: int) -> bool:
    """Whether what waits up to `drained` was handed in to another inbox than was worked in.

    A batch is published with the number of its last entry, which is settled after all others or
    together with them: in the inbox that was worked in, none waits without that one.
    """
    [(last,)] = database.execute("SELECT max(number) FROM entries WHERE number <= ?", (drained,))
    return last is not None and last < drained


def _number_anew(database: sqlite3.Connection, drained: int) -> None:
    """Number all that waits, in the order it has, above `drained` and any number there was."""
    [(first, last)] = database.execute("SELECT min(number), max(number) FROM entries")
    [(used,)] = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
    up = max(used, drained) + 1 - first
    database.execute("UPDATE entries SET number = number + ?", (up,))
    database.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'entries'", (last + up,))
