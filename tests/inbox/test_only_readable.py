"""An inbox of which this user may read every byte, and write none."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import InboxUnusable
from indexer.inbox import Inbox
from indexer.inbox_check import check
from indexer.inbox_reading import undisturbed
from indexer.jobs import Put, Withdrawal
from tests.engines.history import put
from tests.waiting_room import FERRY, hand_in, waiting

CHECK_AND_BACK_UP = """
import os, sys
from pathlib import Path
from indexer.engines.local import LocalEngine
from indexer.inbox import Inbox

# What is imported only when it is needed may be where only this user gets at it.
LocalEngine(Path(sys.argv[1])).snapshot().close()
if os.geteuid() == 0:
    # Whoever may do everything is told nothing by permissions.
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
Inbox(Path(sys.argv[1])).check()
LocalEngine(Path(sys.argv[1])).back_up(Path(sys.argv[2]), lambda _: None)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users get at, which those of pytest are not."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "backups").mkdir()
        (folder / "backups").chmod(0o777)
        yield folder
        (folder / "index").chmod(0o755)


def check_and_back_up(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run as one who may not write to the index."""
    for file in (folder / "index").glob("inbox.sqlite*"):
        file.chmod(0o444)
    (folder / "index").chmod(0o555)
    backup = folder / "backups" / "backup.tar"
    return subprocess.run(
        [sys.executable, "-c", CHECK_AND_BACK_UP, str(folder / "index"), str(backup)],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("somebody_writes", [False, True])
def test_it_is_checked_and_backed_up(folder: Path, somebody_writes: bool) -> None:
    put(LocalEngine(folder / "index"), 1)
    inbox, restored = Inbox(folder / "index"), Inbox(folder / "restored")
    hand_in(inbox, Put(FERRY))
    with closing(sqlite3.connect(inbox.path)) as others:
        if somebody_writes:
            others.execute("SELECT count(*) FROM jobs").fetchall()
            hand_in(inbox, Withdrawal("only in the journal"))
        acknowledged = waiting(inbox)
        assert Path(f"{inbox.path}-wal").exists() == somebody_writes
        done = check_and_back_up(folder)
        assert done.returncode == 0, done.stderr
    backup = folder / "backups" / "backup.tar"
    LocalEngine(folder / "restored").restore(backup, lambda _: None)
    assert waiting(restored) == acknowledged


def test_damage_is_found(folder: Path) -> None:
    put(LocalEngine(folder / "index"), 1)
    inbox = Inbox(folder / "index")
    hand_in(inbox, Put(FERRY))
    inbox.path.write_bytes(inbox.path.read_bytes().replace(b"left late", b"left laze"))
    done = check_and_back_up(folder)
    assert "is not what was handed in" in done.stderr


def test_what_somebody_writes_to_meanwhile_is_read_again(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    seen: list[int] = []

    def read(database: sqlite3.Connection) -> list[tuple[str]]:
        seen.append(1)
        if len(seen) == 1:
            hand_in(inbox, Withdrawal("bridge"))
        return database.execute("SELECT article_id FROM entries").fetchall()

    assert undisturbed(inbox.path, read) == [("ferry",), ("bridge",)]
    assert len(seen) == 2


def test_what_looks_damaged_because_somebody_writes_to_it_is_read_again(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    seen: list[int] = []

    def read(database: sqlite3.Connection) -> None:
        seen.append(1)
        if len(seen) == 1:
            hand_in(inbox, Withdrawal("bridge"))
            raise InboxUnusable("The inbox is damaged: it is half of this and half of that.")
        check(database)

    undisturbed(inbox.path, read)
    assert len(seen) == 2
