"""From the inbox to the index: every change counts, once, in order, whatever happens between."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from indexer.compacting import Compacting
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import Manifest
from indexer.errors import (
    DatelineError,
    IndexBusy,
    IndexMissing,
    IngestRunning,
)
from indexer.failpoints import INGESTING
from indexer.inbox import Inbox
from indexer.ingest import SET_ASIDE, Ingest
from indexer.ingest_loop import follow, only_one
from indexer.jobs import Change, JobState, Put, Tally, Withdrawal
from tests.engines.brute_force import BruteForceEngine
from tests.waiting_room import (
    ChokingEncoder,
    Crash,
    article,
    found,
    hand_in,
    ingest_into,
    recipes,
    texts,
    waiting,
)

FERRY, BRIDGE = article("ferry", "The ferry left late."), article("bridge", "The bridge is shut.")
POISON = article("leaflet", "This is poison to the model.")
DRAINING = [name for name in INGESTING if name != "inbox-appended"]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "index")


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    return LocalEngine(tmp_path / "index")


@pytest.fixture
def ingest(inbox: Inbox, engine: LocalEngine) -> Iterator[Ingest]:
    with closing(ingest_into(engine, inbox)) as worker:
        yield worker


@contextmanager
def dying_at(failpoint: str) -> Iterator[None]:
    """Let whoever reaches the failpoint end there."""

    def reach(name: str) -> None:
        if name == failpoint:
            raise Crash

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("indexer.ingest.reach", reach)
        yield


def drain(ingest: Ingest) -> None:
    while ingest.drain():
        pass


def test_the_first_article_makes_the_index(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    job = hand_in(inbox, Put(FERRY))
    drained = ingest.drain()
    assert drained is not None
    assert str(drained) == f"Generation {engine.current()}: 1 indexed."
    assert texts(engine) == {"ferry": FERRY.text}
    done = found(inbox, job)
    assert (done.state, done.generation) == (JobState.SEARCHABLE, engine.current())
    assert ingest.drain() is None


def test_the_article_is_stored_as_it_was_handed_in(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    whole = replace(
        FERRY, authors=("Ana Ruiz",), language="en-GB", metadata={"b": [1, True, None], "a": 1.5}
    )
    hand_in(inbox, Put(whole))
    drain(ingest)
    assert engine.snapshot().article("ferry") == whole


def test_what_waited_together_is_one_generation(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    jobs = [hand_in(inbox, Put(FERRY)), hand_in(inbox, Put(BRIDGE))]
    ingest.drain()
    assert engine.current().startswith("000001-")
    assert {found(inbox, job).generation for job in jobs} == {engine.current()}


def test_of_several_changes_to_an_article_the_last_one_holds(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    jobs = [
        hand_in(inbox, Put(FERRY)),
        hand_in(inbox, Withdrawal("ferry")),
        hand_in(inbox, Put(replace(FERRY, text="It left early."))),
    ]
    drain(ingest)
    assert texts(engine) == {"ferry": "It left early."}
    assert [found(inbox, job).tally.indexed for job in jobs] == [1, 1, 1]


def test_an_article_like_the_stored_one_changes_nothing_and_is_not_encoded(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    before = engine.current()
    job = hand_in(inbox, Put(FERRY))
    drain(ingest)
    assert engine.current() == before
    done = found(inbox, job)
    assert (done.tally, done.generation) == (Tally(received=1, unchanged=1), before)


def test_a_withdrawn_article_is_gone(inbox: Inbox, engine: LocalEngine, ingest: Ingest) -> None:
    hand_in(inbox, Put(FERRY), Put(BRIDGE))
    drain(ingest)
    job = hand_in(inbox, Withdrawal("ferry"), Withdrawal("never there"))
    drain(ingest)
    assert texts(engine) == {"bridge": BRIDGE.text}
    assert found(inbox, job).tally == Tally(received=2, unchanged=1, withdrawn=1)


def test_withdrawing_from_an_index_that_is_not_there_makes_none(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    job = hand_in(inbox, Withdrawal("ferry"))
    drain(ingest)
    assert found(inbox, job).state is JobState.SEARCHABLE
    with pytest.raises(IndexMissing):
        engine.current()


def test_a_long_queue_is_worked_in_batch_after_batch(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.ingest.MOST_ENTRIES", 2)
    job = hand_in(inbox, *(Put(article(f"a{n}", f"Ferry {n} left.")) for n in range(5)))
    ingest.drain()
    assert found(inbox, job).state is JobState.INDEXING
    drain(ingest)
    assert len(texts(engine)) == 5
    assert engine.current().startswith("000003-")
    assert found(inbox, job).state is JobState.SEARCHABLE


def test_an_article_nobody_can_encode_is_set_aside_and_the_others_go_in(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    job = hand_in(inbox, Put(FERRY), Put(POISON), Put(BRIDGE))
    drain(ingest)
    assert texts(engine) == {"ferry": FERRY.text, "bridge": BRIDGE.text}
    done = found(inbox, job)
    assert (done.state, done.tally) == (
        JobState.SEARCHABLE,
        Tally(received=3, indexed=2, failed=1),
    )
    [failure] = done.failures
    assert (failure.article_id, failure.reason) == ("leaflet", SET_ASIDE)
    assert "tensor 7 has rank 3" in caplog.text


def test_when_the_last_change_is_set_aside_the_one_before_holds(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    hand_in(inbox, Put(replace(FERRY, text="Now it is poison.")))
    drain(ingest)
    assert texts(engine) == {"ferry": FERRY.text}


def test_an_entry_that_cannot_be_read_is_set_aside(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    job = hand_in(inbox, Put(FERRY), Put(BRIDGE))
    with closing(sqlite3.connect(inbox.path)) as database, database:
        database.execute("UPDATE entries SET payload = '{' WHERE article_id = 'ferry'")
    drain(ingest)
    assert found(inbox, job).failures[0].article_id == "ferry"
    assert texts(engine) == {"bridge": BRIDGE.text}


@pytest.mark.parametrize(
    "wrong", [RuntimeError("tensor 7"), OSError(28, "No space left on device"), MemoryError()]
)
def test_when_the_fault_is_not_with_an_article_none_is_set_aside(
    wrong: Exception, inbox: Inbox, engine: LocalEngine
) -> None:
    encoder = ChokingEncoder()
    job = hand_in(inbox, Put(FERRY), Put(BRIDGE))
    with closing(ingest_into(engine, inbox, encoder)) as ingest:
        encoder.wrong = wrong
        with pytest.raises(type(wrong)):
            ingest.drain()
        assert found(inbox, job).tally == Tally(received=2)
        encoder.wrong = None
        drain(ingest)
    assert set(texts(engine)) == {"ferry", "bridge"}


def test_while_another_process_writes_changes_wait(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    job = hand_in(inbox, Put(BRIDGE))
    manifest = engine.snapshot().manifest
    with engine.draft(manifest.model, manifest.chunking), pytest.raises(IndexBusy):
        ingest.drain()
    assert found(inbox, job).tally.waiting == 1
    drain(ingest)
    assert set(texts(engine)) == {"ferry", "bridge"}


@pytest.mark.parametrize("failpoint", DRAINING)
def test_whoever_goes_on_after_a_crash_finds_everything_and_doubles_nothing(
    failpoint: str, inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    job = hand_in(inbox, Put(BRIDGE), Withdrawal("ferry"))
    with dying_at(failpoint), pytest.raises(Crash):
        ingest.drain()
    with closing(ingest_into(engine, inbox)) as next_one:
        drain(next_one)
    assert texts(engine) == {"bridge": BRIDGE.text}
    assert engine.current().startswith("000002-")
    done = found(inbox, job)
    assert (done.state, done.generation) == (JobState.SEARCHABLE, engine.current())
    assert done.tally == Tally(received=2, indexed=1, withdrawn=1)


def test_an_old_inbox_beside_a_newer_index_is_worked_in_all_the_same(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(inbox, Put(FERRY))
    drain(ingest)
    for file in inbox.path.parent.glob("inbox.sqlite*"):
        file.unlink()
    # As when the clock was set back.
    monkeypatch.setattr("indexer.inbox_file.time", lambda: 0.0)
    hand_in(inbox, Put(BRIDGE))
    drain(ingest)
    assert set(texts(engine)) == {"ferry", "bridge"}


class Interleaved(RuleBasedStateMachine):
    """Changes come, are drained, die on the way, and somebody else writes in between."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.inbox = Inbox(Path(self.directory.name) / "index")
        self.engine = BruteForceEngine()
        self.ingest = ingest_into(self.engine, self.inbox)
        self.expected: dict[str, str] = {}
        self.waiting: list[Change] = []
        self.unmarked = False
        self.numbers = count()

    def teardown(self) -> None:
        drain(self.ingest)
        self.went_in()
        assert self.held() == self.expected
        assert waiting(self.inbox) == []
        self.ingest.close()
        self.directory.cleanup()

    @rule(
        changes=st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from(["one", "two", None])), min_size=1
        )
    )
    def come(self, changes: list[tuple[str, str | None]]) -> None:
        named: list[Change] = [
            Withdrawal(article_id) if text is None else Put(article(article_id, text))
            for article_id, text in changes
        ]
        hand_in(self.inbox, *named)
        self.waiting += named

    @rule()
    def drained(self) -> None:
        drain(self.ingest)
        self.went_in()

    @rule(failpoint=st.sampled_from(DRAINING))
    def dies(self, failpoint: str) -> None:
        crashed = False
        try:
            with dying_at(failpoint):
                drain(self.ingest)
        except Crash:
            crashed = True
        # What went in before and was not marked is marked first: it may have died there again.
        only_marked = failpoint == "batch-marked" and self.unmarked
        if crashed and (failpoint in ("batch-taken", "batch-written") or only_marked):
            self.unmarked &= failpoint == "batch-taken"
        else:
            self.went_in()
            self.unmarked = crashed and failpoint == "generation-published-unmarked"
        self.ingest.close()
        self.ingest = ingest_into(self.engine, self.inbox)

    @rule(article_id=st.sampled_from("abc"))
    def somebody_else_indexes(self, article_id: str) -> None:
        if self.engine.manifest is None:
            return
        text = f"Indexed by hand, {next(self.numbers)}."
        recipe = recipes(self.inbox, ChokingEncoder())(self.engine.manifest)
        with (
            closing(recipe.encoder),
            self.engine.draft(recipe.model, recipe.writer.chunking) as draft,
        ):
            recipe.writer.write(draft, [article(article_id, text)])
            draft.publish()
        self.expected[article_id] = text

    @invariant()
    def holds_what_went_in(self) -> None:
        assert self.held() == self.expected

    def held(self) -> dict[str, str]:
        return texts(self.engine) if self.engine.manifest else {}

    def went_in(self) -> None:
        for change in self.waiting:
            match change:
                case Put(one):
                    self.expected[one.id] = one.text
                case Withdrawal(article_id):
                    self.expected.pop(article_id, None)
        self.waiting, self.unmarked = [], False


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(max_examples=10, stateful_step_count=8, deadline=None)


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
