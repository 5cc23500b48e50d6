"""Checking an inbox: everything that waits is as it was handed in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from indexer.errors import InboxUnusable
from indexer.inbox import Inbox
from indexer.jobs import Put, Withdrawal
from tests.waiting_room import article, hand_in


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    inbox = Inbox(tmp_path)
    hand_in(inbox, Put(article("ferry", "The ferry left late.")), Withdrawal("bridge"))
    return inbox


def written_out(inbox: Inbox) -> bytes:
    """The file of the inbox, with nothing left in its journal."""
    with closing(sqlite3.connect(inbox.path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return inbox.path.read_bytes()


def flipped(inbox: Inbox, word: bytes) -> Iterator[None]:
    """Each bit of `word` in the file of the inbox flipped in turn; in the end it is whole."""
    whole = written_out(inbox)
    place = whole.index(word)
    for offset, bit in product(range(len(word)), range(8)):
        damaged = bytearray(whole)
        damaged[place + offset] ^= 1 << bit
        inbox.path.write_bytes(damaged)
        yield
    inbox.path.write_bytes(whole)


def test_a_sound_inbox_and_one_that_is_not_there_pass(inbox: Inbox, tmp_path: Path) -> None:
    inbox.check()
    Inbox(tmp_path / "nowhere").check()


@pytest.mark.parametrize("word", [b"ferry left late", b"bridge"])
def test_any_other_byte_in_what_waits_is_found(inbox: Inbox, word: bytes) -> None:
    for _ in flipped(inbox, word):
        with pytest.raises(InboxUnusable, match=r"not what was handed in|damaged"):
            inbox.check()
    inbox.check()


@pytest.mark.parametrize("word", [b"withdrawn INTEGER", b"ON entries (job)", b"entries_by_job"])
def test_any_other_byte_in_what_makes_the_tables_is_found(inbox: Inbox, word: bytes) -> None:
    for _ in flipped(inbox, word):
        with pytest.raises(InboxUnusable, match="damaged"):
            inbox.check()


def test_a_file_of_which_the_structure_is_damaged_is_found(inbox: Inbox) -> None:
    whole = written_out(inbox)
    inbox.path.write_bytes(whole[:4096] + b"\0" * 4096 + whole[8192:])
    with pytest.raises(InboxUnusable, match="damaged"):
        inbox.check()
