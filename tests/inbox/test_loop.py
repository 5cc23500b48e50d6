"""Draining all day, and compaction beside it."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from indexer.compacting import Compacting
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import Manifest
from indexer.errors import (
    DatelineError,
    IndexBusy,
    IngestRunning,
)
from indexer.inbox import Inbox
from indexer.ingest import Ingest
from indexer.ingest_loop import follow, only_one
from indexer.jobs import JobState, Put
from tests.waiting_room import (
    BRIDGE,
    FERRY,
    ChokingEncoder,
    article,
    drain,
    found,
    hand_in,
    ingest_into,
    texts,
    waiting,
)


def ignore() -> None:
    """For who does not care that something was published."""


class Turns:
    """Lets a loop wait without time going by, and end after so many turns."""

    def __init__(self, turns: int) -> None:
        self.left = turns
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> bool:
        if seconds:
            self.pauses.append(seconds)
            self.left -= 1
        return self.left <= 0


def test_the_loop_works_in_what_comes_and_ends_when_told(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    follow(ingest, inbox, Turns(2), ignore)
    assert texts(engine) == {"ferry": FERRY.text}


def test_the_loop_waits_longer_after_each_failure_and_says_what_is_wrong(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    current = inbox.path.with_name("CURRENT")
    whole = current.read_bytes()
    current.write_bytes(b"\xff")
    job = hand_in(inbox, Put(BRIDGE))
    turns = Turns(4)
    follow(ingest, inbox, turns, ignore)
    assert turns.pauses == [1, 2, 4, 8]
    assert found(inbox, job).held == "IndexDamaged"
    assert "cannot be read" in caplog.text
    current.write_bytes(whole)
    follow(ingest, inbox, Turns(2), ignore)
    assert found(inbox, job).state is JobState.SEARCHABLE
    assert set(texts(engine)) == {"ferry", "bridge"}


def test_the_loop_comes_back_soon_when_somebody_else_writes(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    job = hand_in(inbox, Put(BRIDGE))
    manifest = engine.snapshot().manifest
    turns = Turns(2)
    with engine.draft(manifest.model, manifest.chunking):
        follow(ingest, inbox, turns, ignore)
    assert turns.pauses == [0.2, 0.2]
    assert found(inbox, job).held == ""


def test_the_loop_outlives_an_inbox_that_cannot_be_used(
    inbox: Inbox, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.path.parent.mkdir()
    inbox.path.write_bytes(b"no database" * 500)
    follow(ingest, inbox, Turns(2), ignore)
    assert "is damaged" in caplog.text
    inbox.path.unlink()
    hand_in(inbox, Put(FERRY))
    follow(ingest, inbox, Turns(2), ignore)
    assert waiting(inbox) == []


def test_unexpected_errors_are_logged_with_where_they_came_from(
    inbox: Inbox, engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = ChokingEncoder()
    hand_in(inbox, Put(FERRY))
    with closing(ingest_into(engine, inbox, encoder)) as ingest:
        encoder.wrong = RuntimeError("tensor 7")
        follow(ingest, inbox, Turns(1), ignore)
    assert "tried again in 1 s: tensor 7" in caplog.text
    assert "Traceback" in caplog.text


def test_only_one_drains_an_inbox(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with only_one(index), pytest.raises(IngestRunning, match="already"), only_one(index):
        pass
    with only_one(index):
        pass


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatelineError, match="give access"), only_one(tmp_path / "file" / "index"):
        pass


def test_compaction_goes_on_beside_until_nothing_is_left_to_merge(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    merged = Event()

    def compact() -> Manifest | None:
        manifest = engine.compact()
        if manifest is None:
            merged.set()
        return manifest

    caplog.set_level(logging.INFO)
    compacting = Compacting(compact)
    compacting.start()
    for number in range(4):
        hand_in(inbox, Put(article(f"a{number}", f"Ferry {number} left.")))
        drain(ingest)
    compacting.wake()
    assert merged.wait(60)
    assert len(texts(engine)) == 4
    assert len(engine.snapshot().manifest.segments) == 1
    assert "merged, segments now: 1." in caplog.text


@pytest.mark.parametrize("wrong", [IndexBusy("Somebody compacts."), RuntimeError("tensor 7")])
def test_compaction_outlives_what_goes_wrong(
    wrong: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    again = Event()
    fails = iter([wrong])

    def compact() -> None:
        for error in fails:
            raise error
        again.set()

    compacting = Compacting(compact)
    compacting.start()
    while not caplog.text:
        compacting.wake()
    compacting.wake()
    assert again.wait(60)
    assert str(wrong) in caplog.text
