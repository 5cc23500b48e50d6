"""Whether an inbox still says what was handed in."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

from indexer.errors import InboxUnusable


def digest_of(article_id: str, payload: str | None) -> bytes:
    """The SHA-256 of a change, kept beside it; `payload` is None where it withdraws."""
    said = f"{article_id}\0{'' if payload is None else payload}"
    return sha256(said.encode("utf-8", "surrogatepass")).digest()


def check(database: sqlite3.Connection) -> None:
    """Raise InboxUnusable unless the file is sound and every entry is as it was handed in."""
    [(found,), *_] = database.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise InboxUnusable(f"The inbox is damaged: {found}.")
    for article_id, payload, digest in database.execute(
        "SELECT article_id, payload, digest FROM entries"
    ):
        if digest_of(article_id, payload) != digest:
            raise InboxUnusable(
                f"What waits in the inbox for article {article_id!r} is not what was handed in: "
                "send it again."
            )
