"""Another inbox beside an index: a new one, an older one, one out of a backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.backup import back_up
from indexer.engines.local.layout import Layout
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.inbox import Inbox
from indexer.ingest import Ingest
from indexer.jobs import Job, JobState, Put, Withdrawal
from tests.waiting_room import BRIDGE, FERRY, article, drain, found, hand_in, ingest_into, texts


def test_an_old_inbox_beside_a_newer_index_is_worked_in_all_the_same(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    for file in inbox.path.parent.glob("inbox.sqlite*"):
        file.unlink()
    # As when the clock was set back.
    monkeypatch.setattr("indexer.delivery.time_ns", lambda: 0)
    hand_in(inbox, Put(BRIDGE))
    drain(ingest)
    assert set(texts(engine)) == {"ferry", "bridge"}


def test_what_an_older_inbox_takes_in_the_place_of_its_own_is_worked_in(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    older = inbox.path.with_name("older.sqlite")
    with closing(sqlite3.connect(inbox.path)) as now, closing(sqlite3.connect(older)) as copy:
        now.backup(copy)
    hand_in(inbox, *(Put(article(f"a{n}", "The ferry left.")) for n in range(4)))
    drain(ingest)
    for file in inbox.path.parent.glob("inbox.sqlite*"):
        file.unlink()
    older.rename(inbox.path)
    hand_in(inbox, *(Put(article(f"b{n}", "The bridge is shut.")) for n in range(6)))
    drain(ingest)
    assert texts(engine).keys() == {
        "ferry",
        *(f"a{n}" for n in range(4)),
        *(f"b{n}" for n in range(6)),
    }


@pytest.fixture
def put_back(inbox: Inbox, ingest: Ingest) -> list[Job]:
    """The jobs that wait in an old inbox, put beside an index that has gone on without it."""
    jobs = [hand_in(inbox, Put(FERRY)), hand_in(inbox, Put(BRIDGE))]
    old = inbox.path.rename(inbox.path.with_name("old.sqlite"))
    hand_in(inbox, Put(article("newer", "The ferry left.")))
    drain(ingest)
    old.rename(inbox.path)
    return jobs


def test_what_waits_in_an_old_inbox_is_worked_in_before_what_comes_first(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, put_back: list[Job]
) -> None:
    hand_in(inbox, Put(replace(FERRY, text="It left early.")))
    drain(ingest)
    assert texts(engine) == {
        "newer": "The ferry left.",
        "ferry": "It left early.",
        "bridge": BRIDGE.text,
    }
    for job in put_back:
        assert found(inbox, job).state is JobState.SEARCHABLE
    hand_in(inbox, Withdrawal("newer"))
    drain(ingest)
    assert set(texts(engine)) == {"ferry", "bridge"}


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize("comes_first", [False, True])
def test_what_waits_in_an_old_inbox_waits_on_in_a_backup(
    inbox: Inbox, engine: LocalEngine, tmp_path: Path, comes_first: bool
) -> None:
    if comes_first:
        hand_in(inbox, Put(article("first", "The lock is open.")))
    engine.back_up(tmp_path / "backup.tar", lambda _: None)
    restored = LocalEngine(tmp_path / "restored")
    restored.restore(tmp_path / "backup.tar", lambda _: None)
    with closing(ingest_into(restored, Inbox(tmp_path / "restored"))) as next_one:
        drain(next_one)
    more = {"first"} if comes_first else set()
    assert texts(restored).keys() == {"newer", "ferry", "bridge"} | more


@pytest.mark.parametrize("comes_first", [False, True])
def test_what_comes_while_a_backup_is_made_is_worked_in_once(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, tmp_path: Path, comes_first: bool
) -> None:
    hand_in(inbox, Put(article("before", "The lock is open.")))
    drain(ingest)
    job = hand_in(inbox, Put(FERRY))
    asked = count()

    def newest() -> LocalSnapshot:
        # When it is asked for once more, the inbox is copied already.
        if next(asked):
            hand_in(inbox, Put(replace(FERRY, text="It left early.")), Put(BRIDGE))
            drain(ingest)
        return engine.snapshot()

    back_up(Layout(tmp_path / "index"), newest, tmp_path / "backup.tar", lambda _: None)
    restored, after = LocalEngine(tmp_path / "restored"), Inbox(tmp_path / "restored")
    restored.restore(tmp_path / "backup.tar", lambda _: None)
    if comes_first:
        hand_in(after, *(Put(article(f"a{n}", "The ferry left.")) for n in range(6)))
    with closing(ingest_into(restored, after)) as next_one:
        drain(next_one)
    assert texts(restored) == {
        "before": "The lock is open.",
        "ferry": "It left early.",
        "bridge": BRIDGE.text,
        **({f"a{n}": "The ferry left." for n in range(6)} if comes_first else {}),
    }
    assert found(after, job).state is JobState.SEARCHABLE
    assert found(after, job).generation == found(inbox, job).generation


def test_a_restored_inbox_goes_on_where_the_backup_was_made(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, tmp_path: Path
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    hand_in(inbox, Put(BRIDGE))
    engine.back_up(tmp_path / "backup.tar", lambda _: None)
    restored = LocalEngine(tmp_path / "restored")
    restored.restore(tmp_path / "backup.tar", lambda _: None)
    after = Inbox(tmp_path / "restored")
    with closing(ingest_into(restored, after)) as next_one:
        drain(next_one)
    assert texts(restored) == {"ferry": FERRY.text, "bridge": BRIDGE.text}
    with closing(sqlite3.connect(after.path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
