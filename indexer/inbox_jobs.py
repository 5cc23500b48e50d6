"""Jobs as the file of an inbox keeps them: read, counted, forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from time import time

from indexer.jobs import Entry, Failure, Job, JobState, Outcome, Tally

KEPT_SECONDS = 24 * 3600
KEPT_JOBS = 10_000
SHOWN_FAILURES = 100
"""So many failures of a job are kept; all are counted."""


def find_job(database: sqlite3.Connection, job_id: str) -> Job | None:
    """The job of this id, or None."""
    known = database.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return read_job(database, job_id) if known else None


def read_job(database: sqlite3.Connection, job_id: str) -> Job:
    """A job that is there."""
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


def count(database: sqlite3.Connection, entry: Entry, outcome: str) -> None:
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


def settle(
    database: sqlite3.Connection, outcomes: Sequence[tuple[Entry, Outcome]], generation: str | None
) -> None:
    """Take entries out of what waits: what they say is in `generation`, if there is any."""
    for entry, outcome in outcomes:
        count(database, entry, outcome)
        database.execute(
            "UPDATE jobs SET generation = coalesce(?, generation) WHERE id = ?",
            (generation, entry.job),
        )
    clear(database)


def give_up(database: sqlite3.Connection, entry: Entry, reason: str) -> None:
    """Take an entry out of what waits as one that was not worked in, for `reason`."""
    count(database, entry, "failed")
    database.execute(
        "INSERT INTO failures (job, article_id, reason) SELECT ?1, ?2, ?3 "
        "WHERE (SELECT count(*) FROM failures WHERE job = ?1) < ?4",
        (entry.job, entry.article_id, reason, SHOWN_FAILURES),
    )


def clear(database: sqlite3.Connection) -> None:
    """Forget finished jobs, with their keys, that are old or too many."""
    # The order they came in tells which are too many: the clock may be set back.
    database.execute(
        "DELETE FROM jobs WHERE finished_at < ? OR finished_at IS NOT NULL AND rowid <= "
        "(SELECT rowid FROM jobs WHERE finished_at IS NOT NULL ORDER BY rowid DESC "
        "LIMIT 1 OFFSET ?)",
        (time() - KEPT_SECONDS, KEPT_JOBS),
    )


def _state(tally: Tally, started: int) -> JobState:
    if tally.waiting:
        return JobState.INDEXING if started else JobState.QUEUED
    return JobState.FAILED if tally.failed == tally.received else JobState.SEARCHABLE
