"""From the inbox to the index: every change counts, once, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from indexer.documents import Span
from indexer.engines.local import LocalEngine
from indexer.errors import (
    IndexBusy,
    IndexMissing,
    ModelUnavailable,
)
from indexer.inbox import DAMAGED, Inbox
from indexer.ingest import SET_ASIDE, Ingest
from indexer.jobs import Failure, JobState, Put, Tally, Withdrawal
from indexer.vectors import Vectors
from tests.waiting_room import (
    BRIDGE,
    DRAINING,
    FERRY,
    ChokingEncoder,
    Crash,
    article,
    drain,
    dying_at,
    found,
    hand_in,
    ingest_into,
    texts,
)


class BusyEncoder(ChokingEncoder):
    """A model that takes its time: something happens once, the next time it is asked."""

    meanwhile: Callable[[], object] | None = None

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        if self.meanwhile and texts:
            act, self.meanwhile = self.meanwhile, None
            act()
        return super().encode_with_sentences(texts, sentences)


class DamagedEncoder(ChokingEncoder):
    """The same model by its fingerprint, and other vectors."""

    def _vector(self, text: str) -> Vectors:
        return super()._vector(text)[::-1].copy()


POISON = article("leaflet", "This is poison to the model.")


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


def test_an_entry_that_is_not_what_was_handed_in_is_set_aside(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    job = hand_in(inbox, Put(FERRY), Put(BRIDGE))
    with closing(sqlite3.connect(inbox.path)) as database, database:
        database.execute(
            "UPDATE entries SET payload = replace(payload, 'late', 'lake') "
            "WHERE article_id = 'ferry'"
        )
    drain(ingest)
    assert found(inbox, job).failures == (Failure("ferry", DAMAGED),)
    assert texts(engine) == {"bridge": BRIDGE.text}


def test_when_nothing_that_waits_is_as_it_was_there_is_nothing_to_do(
    inbox: Inbox, ingest: Ingest
) -> None:
    job = hand_in(inbox, *(Put(article(f"a{n}", "The ferry left.")) for n in range(600)))
    with closing(sqlite3.connect(inbox.path)) as database, database:
        database.execute("UPDATE entries SET payload = '{'")
    assert ingest.drain() is None
    assert found(inbox, job).state is JobState.FAILED


def test_nobody_has_to_wait_while_the_model_is_at_an_article(
    inbox: Inbox, engine: LocalEngine
) -> None:
    encoder = BusyEncoder()
    with closing(ingest_into(engine, inbox, encoder)) as ingest:
        hand_in(inbox, Put(FERRY))
        drain(ingest)
        manifest = engine.snapshot().manifest

        def write() -> None:
            with engine.draft(manifest.model, manifest.chunking) as draft:
                draft.remove("ferry")
                draft.publish()

        encoder.meanwhile = write
        hand_in(inbox, Put(BRIDGE))
        drain(ingest)
    assert texts(engine) == {"bridge": BRIDGE.text}


def test_of_two_who_drain_one_inbox_none_brings_an_older_version_back(
    inbox: Inbox, engine: LocalEngine, ingest: Ingest
) -> None:
    encoder = BusyEncoder()
    hand_in(inbox, Put(FERRY))

    def overtake() -> None:
        hand_in(inbox, Put(replace(FERRY, text="It left early.")))
        drain(ingest)

    encoder.meanwhile = overtake
    with closing(ingest_into(engine, inbox, encoder)) as slow:
        drain(slow)
    assert encoder.meanwhile is None
    assert texts(engine) == {"ferry": "It left early."}
    assert engine.current().startswith("000001-")


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


def test_while_the_model_is_damaged_changes_wait(inbox: Inbox, engine: LocalEngine) -> None:
    hand_in(inbox, Put(FERRY))
    with closing(ingest_into(engine, inbox)) as ingest:
        drain(ingest)
    job = hand_in(inbox, Put(BRIDGE))
    with (
        closing(ingest_into(engine, inbox, DamagedEncoder())) as damaged,
        pytest.raises(ModelUnavailable, match="its export is damaged"),
    ):
        damaged.drain()
    assert found(inbox, job).tally == Tally(received=1)
    assert set(texts(engine)) == {"ferry"}


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
