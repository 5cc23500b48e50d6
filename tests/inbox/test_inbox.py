"""The inbox: what is acknowledged is kept, in order, until it is worked in."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest

from indexer.article_json import from_json
from indexer.errors import KeyReused
from indexer.inbox import Inbox
from indexer.inbox_jobs import KEPT_SECONDS, SHOWN_FAILURES
from indexer.jobs import (
    Failure,
    JobState,
    Outcome,
    Put,
    Refused,
    RequestKey,
    Tally,
    Withdrawal,
)
from tests.waiting_room import (
    FERRY,
    article,
    found,
    hand_in,
    waiting,
)


def test_changes_wait_in_the_order_they_came(inbox: Inbox) -> None:
    first = hand_in(inbox, Put(FERRY), Withdrawal("bridge"))
    second = hand_in(inbox, Put(replace(FERRY, text="It left early.")))
    entries = waiting(inbox)
    assert [(entry.job, entry.article_id) for entry in entries] == [
        (first.id, "ferry"),
        (first.id, "bridge"),
        (second.id, "ferry"),
    ]
    assert [entry.number for entry in entries] == sorted({entry.number for entry in entries})
    assert from_json(entries[0].payload or "") == FERRY
    assert entries[1].payload is None


def test_a_job_is_queued_then_indexing_then_searchable(inbox: Inbox) -> None:
    job = hand_in(inbox, Put(FERRY), Withdrawal("bridge"), Put(replace(FERRY, id="b")))
    assert (job.state, job.tally) == (JobState.QUEUED, Tally(received=3))
    ferry, bridge, other = waiting(inbox)
    assert found(inbox, job).state is JobState.INDEXING
    inbox.settle([(ferry, Outcome.INDEXED), (bridge, Outcome.UNCHANGED)], "000001-a")
    assert found(inbox, job).state is JobState.INDEXING
    inbox.settle([(other, Outcome.WITHDRAWN)], "000002-b")
    done = found(inbox, job)
    assert (done.state, done.generation) == (JobState.SEARCHABLE, "000002-b")
    assert done.tally == Tally(received=3, indexed=1, unchanged=1, withdrawn=1)
    assert waiting(inbox) == []


def test_what_is_marked_twice_counts_once(inbox: Inbox) -> None:
    job = hand_in(inbox, Put(FERRY))
    [entry] = waiting(inbox)
    for _ in range(2):
        inbox.settle([(entry, Outcome.INDEXED)], "000001-a")
    assert found(inbox, job).tally == Tally(received=1, indexed=1)


def test_a_job_of_which_all_was_set_aside_has_failed(inbox: Inbox) -> None:
    job = hand_in(inbox, Put(FERRY), Refused("x", "entry 2: It is no article."))
    assert job.failures == (Failure("x", "entry 2: It is no article."),)
    inbox.set_aside(waiting(inbox)[0], "It chokes.")
    failed = found(inbox, job)
    assert (failed.state, failed.tally) == (JobState.FAILED, Tally(received=2, failed=2))
    assert failed.failures[1] == Failure("ferry", "It chokes.")


def test_a_request_of_nothing_acceptable_has_failed_at_once(inbox: Inbox) -> None:
    assert hand_in(inbox, Refused(None, "no article")).state is JobState.FAILED


def test_of_many_failures_the_first_are_kept_and_all_are_counted(inbox: Inbox) -> None:
    many = SHOWN_FAILURES + 5
    job = hand_in(inbox, Put(FERRY), *(Refused(None, f"line {n}") for n in range(many)))
    inbox.set_aside(waiting(inbox)[0], "It chokes.")
    failed = found(inbox, job)
    assert len(failed.failures) == SHOWN_FAILURES
    assert failed.tally.failed == many + 1


def test_a_delivery_that_is_not_accepted_never_was(inbox: Inbox) -> None:
    with inbox.delivery() as delivery:
        delivery.add(Put(FERRY))
    assert waiting(inbox) == []


def test_the_same_request_under_the_same_key_is_the_same_job(inbox: Inbox) -> None:
    key = RequestKey("k", b"digest")
    job = hand_in(inbox, Put(FERRY), key=key)
    assert hand_in(inbox, Put(FERRY), key=key) == job
    assert len(waiting(inbox)) == 1


def test_another_request_under_the_same_key_is_refused_and_leaves_nothing(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY), key=RequestKey("k", b"digest"))
    with pytest.raises(KeyReused):
        hand_in(inbox, Withdrawal("ferry"), key=RequestKey("k", b"another"))
    assert len(waiting(inbox)) == 1


def test_a_long_delivery_does_not_keep_others_from_handing_in(inbox: Inbox) -> None:
    with inbox.delivery() as slow:
        slow.add(Put(FERRY))
        quick = hand_in(inbox, Withdrawal("bridge"))
        job = slow.accept()
    assert [entry.job for entry in waiting(inbox)] == [quick.id, job.id]


def test_a_batch_ends_where_it_gets_too_long_but_holds_at_least_one(inbox: Inbox) -> None:
    hand_in(inbox, *(Put(article(f"a{n}", "x" * 500)) for n in range(4)))
    assert len(inbox.take(10, 1)) == 1
    assert len(inbox.take(10, 1500)) == 2
    assert len(inbox.take(3, 10**6)) == 3


def test_many_threads_hand_in_at_once_and_nothing_is_lost(inbox: Inbox) -> None:
    def send(sender: int) -> None:
        for number in range(10):
            hand_in(inbox, Put(article(f"{sender}/{number}", "x")))

    threads = [Thread(target=send, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [entry.article_id for entry in waiting(inbox)]
    assert sorted(ids) == sorted(
        f"{sender}/{number}" for sender in range(4) for number in range(10)
    )
    for sender in range(4):
        own = [article_id for article_id in ids if article_id.startswith(f"{sender}/")]
        assert own == [f"{sender}/{number}" for number in range(10)]


def test_a_large_delivery_takes_little_memory(inbox: Inbox) -> None:
    hand_in(inbox, Put(FERRY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with inbox.delivery() as delivery:
        for number in range(4000):
            delivery.add(Put(article(f"a{number}", "The ferry left late. " * 500)))
        delivery.accept()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    assert inbox.path.stat().st_size > 40 * 2**20


def test_finished_jobs_are_forgotten_after_a_day_and_unfinished_ones_never(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = RequestKey("k", b"digest")
    old = hand_in(inbox, Put(FERRY), key=key)
    inbox.set_aside(waiting(inbox)[0], "It chokes.")
    unfinished = hand_in(inbox, Withdrawal("bridge"))
    later = datetime.now(UTC).timestamp() + KEPT_SECONDS + 1
    monkeypatch.setattr("indexer.inbox_jobs.time", lambda: later)
    fresh = hand_in(inbox, Put(FERRY), key=RequestKey("another", b"digest"))
    inbox.settle([(waiting(inbox)[1], Outcome.INDEXED)], "000001-a")
    assert inbox.job(old.id) is None
    assert found(inbox, unfinished).state is JobState.INDEXING
    assert found(inbox, fresh).state is JobState.SEARCHABLE
    assert hand_in(inbox, Put(FERRY), key=key).id != old.id


def test_of_very_many_finished_jobs_the_newest_are_kept(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.inbox_jobs.KEPT_JOBS", 2)
    jobs = []
    for number in range(4):
        jobs.append(hand_in(inbox, Put(FERRY)))
        inbox.settle([(waiting(inbox)[0], Outcome.INDEXED)], f"{number}")
    assert [inbox.job(job.id) is not None for job in jobs] == [False, False, True, True]


def test_jobs_of_nothing_acceptable_are_forgotten_by_themselves(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.inbox_jobs.KEPT_JOBS", 2)
    unfinished = hand_in(inbox, Put(FERRY))
    jobs = [hand_in(inbox, Refused(None, f"line {number}")) for number in range(4)]
    assert [inbox.job(job.id) is not None for job in jobs] == [False, False, True, True]
    assert inbox.job(unfinished.id) is not None


def test_what_holds_the_inbox_up_is_told_of_jobs_that_wait(inbox: Inbox) -> None:
    job = hand_in(inbox, Put(FERRY))
    inbox.hold("IndexDamaged")
    assert found(inbox, job).held == "IndexDamaged"
    inbox.hold("")
    assert found(inbox, job).held == ""
    inbox.hold("IndexDamaged")
    inbox.settle([(waiting(inbox)[0], Outcome.INDEXED)], "000001-a")
    assert found(inbox, job).held == ""
