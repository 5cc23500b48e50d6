"""An inbox that was taken away after a crash, which left its journal behind."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread

import pytest

from indexer.errors import InboxUnusable
from indexer.inbox import Inbox
from indexer.jobs import Put
from tests.waiting_room import article, hand_in, waiting


def taken_away(inbox: Inbox, changes: int) -> Path:
    """Where an inbox has gone, of which a killed process left the journal."""
    away = inbox.path.parent.with_name("away.sqlite")
    hand_in(inbox, *(Put(article(f"old{n}", "The ferry left. " * 20)) for n in range(9)))
    # As long as somebody has it open, nobody removes the journal.
    with closing(sqlite3.connect(inbox.path)) as others:
        others.execute("SELECT count(*) FROM jobs").fetchall()
        for number in range(changes):
            hand_in(inbox, Put(article(f"old{number}", "The ferry left. " * 20)))
        for end in ("-wal", "-shm"):
            shutil.copy(f"{inbox.path}{end}", f"{away}.kept{end}")
    inbox.path.rename(away)
    for end in ("-wal", "-shm"):
        Path(f"{away}.kept{end}").rename(f"{inbox.path}{end}")
    return away


@pytest.mark.parametrize("changes", [1, 60])
def test_what_a_new_inbox_takes_is_not_mixed_with_the_journal_of_the_one_before(
    inbox: Inbox, changes: int
) -> None:
    taken_away(inbox, changes)
    for number in range(8):
        hand_in(inbox, Put(article(f"new{number}", "The bridge is shut.")))
    inbox.check()
    assert [entry.article_id for entry in waiting(inbox)] == [f"new{n}" for n in range(8)]


def test_the_journal_left_behind_is_kept_and_completes_the_inbox_it_is_of(inbox: Inbox) -> None:
    away = taken_away(inbox, 20)
    hand_in(inbox, Put(article("new", "The bridge is shut.")))
    [journal] = inbox.path.parent.glob("inbox.sqlite-wal.*")
    journal.rename(f"{away}-wal")
    with closing(sqlite3.connect(away)) as database:
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (29,)


@pytest.mark.parametrize("_", range(5))
def test_of_many_who_begin_a_new_inbox_nobody_takes_the_journal_of_another(
    inbox: Inbox, _: int
) -> None:
    taken_away(inbox, 20)
    all_here = Barrier(6)

    def send(sender: int) -> None:
        all_here.wait()
        hand_in(inbox, Put(article(f"new{sender}", "The bridge is shut.")))

    threads = [Thread(target=send, args=(sender,)) for sender in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.check()
    assert sorted(entry.article_id for entry in waiting(inbox)) == [f"new{n}" for n in range(6)]
    assert len(list(inbox.path.parent.glob("inbox.sqlite-wal.*"))) == 1


def test_the_remedy_for_a_damaged_inbox_names_all_of_its_files(inbox: Inbox) -> None:
    inbox.path.parent.mkdir()
    inbox.path.write_bytes(b"no database" * 500)
    with pytest.raises(InboxUnusable, match=r"all of its files \(inbox\.sqlite\*\)"):
        hand_in(inbox, Put(article("new", "The bridge is shut.")))
