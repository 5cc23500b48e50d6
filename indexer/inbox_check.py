"""Whether an inbox still says what was handed in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from hashlib import sha256
from typing import TypeAlias

from indexer.errors import InboxUnusable
from indexer.inbox_file import SCHEMA

Tables: TypeAlias = frozenset[tuple[str, str, str, str | None]]
"""Tables and indexes by their kinds and names, with the words that make them."""


def digest_of(article_id: str, payload: str | None) -> bytes:
    """The SHA-256 of a change, kept beside it; `payload` is None where it withdraws."""
    said = f"{article_id}\0{'' if payload is None else payload}"
    return sha256(said.encode("utf-8", "surrogatepass")).digest()


def check(database: sqlite3.Connection) -> None:
    """Raise InboxUnusable unless the file is sound and every entry is as it was handed in."""
    [(found,), *_] = database.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise InboxUnusable(f"The inbox is damaged: {found}.")
    # With another word in it, a table is sound, and its column of another name.
    if _tables(database) != _made():
        raise InboxUnusable("The inbox is damaged: its tables are not those it was made with.")
    for article_id, payload, digest in database.execute(
        "SELECT article_id, payload, digest FROM entries"
    ):
        if digest_of(article_id, payload) != digest:
            raise InboxUnusable(
                f"What waits in the inbox for article {article_id!r} is not what was handed in: "
                "send it again."
            )


def _tables(database: sqlite3.Connection) -> Tables:
    return frozenset(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


@cache
def _made() -> Tables:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        return _tables(database)
