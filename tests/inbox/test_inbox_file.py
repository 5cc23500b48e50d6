"""The file of an inbox: watched, put in the place of another, damaged, on a full disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import indexer.inbox
from indexer.errors import DatelineError, InboxUnusable
from indexer.inbox import Inbox
from indexer.inbox_file import Watch
from indexer.jobs import (
    Put,
    Withdrawal,
)
from tests.waiting_room import (
    FERRY,
    article,
    hand_in,
    waiting,
)


def test_without_an_inbox_nothing_waits_and_none_is_made(inbox: Inbox) -> None:
    assert (inbox.job("x"), inbox.take(1, 1)) == (None, [])
    inbox.hold("IndexDamaged")
    inbox.align(7)
    assert not inbox.path.exists()


def test_a_watch_sees_what_others_write_once(inbox: Inbox) -> None:
    with closing(Watch(inbox.path)) as watch:
        assert not watch.changed()
        hand_in(inbox, Put(FERRY))
        assert [watch.changed(), watch.changed()] == [True, False]
        hand_in(inbox, Put(FERRY))
        assert [watch.changed(), watch.changed()] == [True, False]


def test_a_watch_goes_on_to_an_inbox_put_in_the_place_of_the_one_before(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    with closing(Watch(inbox.path)) as watch:
        watch.changed()
        inbox.path.rename(inbox.path.with_suffix(".old"))
        hand_in(inbox, Put(FERRY))
        assert watch.changed()


def test_a_new_inbox_numbers_above_the_one_before_it(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    [before] = waiting(inbox)
    for file in inbox.path.parent.glob("inbox.sqlite*"):
        file.unlink()
    hand_in(inbox, Put(FERRY))
    [after] = waiting(inbox)
    assert after.number > before.number


def test_an_old_inbox_beside_a_newer_index_is_numbered_above_what_the_index_has(
    inbox: Inbox,
) -> None:
    hand_in(inbox, Put(FERRY), Withdrawal("bridge"))
    drained = waiting(inbox)[-1].number + 5
    inbox.align(drained)
    assert [entry.article_id for entry in waiting(inbox)] == ["ferry", "bridge"]
    assert all(entry.number > drained for entry in waiting(inbox))
    hand_in(inbox, Withdrawal("last"))
    assert waiting(inbox)[-1].article_id == "last"


def test_its_own_inbox_is_left_as_it_is(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    before = waiting(inbox)
    with closing(Watch(inbox.path)) as watch:
        watch.changed()
        inbox.align(before[-1].number)
        assert not watch.changed()
    assert waiting(inbox) == before


def test_what_was_published_and_not_marked_keeps_its_number_whatever_comes_after(
    inbox: Inbox,
) -> None:
    hand_in(inbox, Put(FERRY), Withdrawal("bridge"))
    drained = waiting(inbox)[-1].number
    hand_in(inbox, Withdrawal("last"))
    before = waiting(inbox)
    inbox.align(drained)
    assert waiting(inbox) == before


def test_what_would_pass_for_worked_in_is_numbered_anew_with_all_that_came_after(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as set_back:
        set_back.setattr("indexer.delivery.time_ns", lambda: 0)
        hand_in(inbox, Put(FERRY), Withdrawal("bridge"))
    drained = waiting(inbox)[-1].number + 5
    hand_in(inbox, Withdrawal("ferry"))
    before = waiting(inbox)
    inbox.align(drained)
    after = waiting(inbox)
    assert [replace(entry, number=0) for entry in after] == [
        replace(entry, number=0) for entry in before
    ]
    assert after[0].number > max(drained, before[-1].number)
    hand_in(inbox, Withdrawal("last"))
    assert waiting(inbox)[-1].article_id == "last"


@pytest.mark.parametrize("content", [b"no database at all" * 500, b"\0" * 9000])
def test_a_damaged_inbox_is_named_with_what_to_do(inbox: Inbox, content: bytes) -> None:
    hand_in(inbox, Put(FERRY))
    for file in inbox.path.parent.glob("inbox.sqlite-*"):
        file.unlink()
    inbox.path.write_bytes(content)
    with pytest.raises(InboxUnusable, match=r"inbox\.sqlite") as refusal:
        hand_in(inbox, Put(FERRY))
    assert isinstance(refusal.value, DatelineError)


def test_an_inbox_of_another_version_is_left_alone(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    with closing(sqlite3.connect(inbox.path)) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(InboxUnusable, match="format 9"):
        inbox.take(1, 1)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InboxUnusable, match="make room or give access"):
        hand_in(Inbox(tmp_path / "file" / "index"), Put(FERRY))


@pytest.fixture
def small_disk(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk with room for an inbox and little else: SQLite itself says that it is full."""
    hand_in(inbox, Put(FERRY))
    real = indexer.inbox_file.connect

    def limited(path: Path) -> sqlite3.Connection:
        database = real(path)
        database.execute("PRAGMA max_page_count = 30")
        return database

    with monkeypatch.context() as patched:
        patched.setattr("indexer.inbox_file.connect", limited)
        yield


@pytest.mark.usefixtures("small_disk")
def test_what_does_not_fit_on_the_disk_is_not_acknowledged_and_leaves_nothing(
    inbox: Inbox,
) -> None:
    before = waiting(inbox)
    with pytest.raises(InboxUnusable, match="full"):
        hand_in(inbox, *(Put(article(f"a{n}", "x" * 5000)) for n in range(100)))
    assert waiting(inbox) == before
    hand_in(inbox, Withdrawal("bridge"))
    assert len(waiting(inbox)) == 2
