"""The changes of one request on their way into an inbox."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from time import time_ns
from uuid import uuid4

from indexer.article_json import to_json
from indexer.errors import KeyReused
from indexer.failpoints import reach
from indexer.inbox_check import digest_of
from indexer.inbox_file import writing
from indexer.inbox_jobs import SHOWN_FAILURES, clear, read_job
from indexer.jobs import Change, Job, Put, Refused, RequestKey, Withdrawal

_INCOMING = """
CREATE TEMP TABLE incoming (
    number INTEGER PRIMARY KEY, article_id TEXT, payload TEXT, reason TEXT, digest BLOB
) STRICT
"""


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
        article_id, payload, reason = _columns(change)
        digest = None if article_id is None else digest_of(article_id, payload)
        self._database.execute(
            "INSERT INTO incoming VALUES (NULL, ?, ?, ?, ?)", (article_id, payload, reason, digest)
        )

    def accept(self, key: RequestKey | None = None) -> Job:
        """Make all changes one job, for good: once this returns, no crash loses them.

        A request whose `key` was accepted before is that job, and these changes are dropped.
        Raises KeyReused when it was another request.
        """
        self._database.execute("COMMIT")
        with writing(self._database):
            job_id = (key and self._known(key)) or self._accepted(key)
            job = read_job(self._database, job_id)
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
        # Above whatever an inbox before this one can have come to: many more entries are never
        # handed in than a microsecond each.
        database.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'entries'",
            (time_ns() // 1000,),
        )
        database.execute(
            "INSERT INTO entries (job, article_id, payload, digest) "
            "SELECT ?, article_id, payload, digest FROM incoming "
            "WHERE reason IS NULL ORDER BY number",
            (job_id,),
        )
        database.execute(
            "INSERT INTO failures (job, article_id, reason) SELECT ?, article_id, reason "
            "FROM incoming WHERE reason IS NOT NULL ORDER BY number LIMIT ?",
            (job_id, SHOWN_FAILURES),
        )
        if finished:
            # Where nothing acceptable ever comes, nobody else does.
            clear(database)
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
