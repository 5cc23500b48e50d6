"""The threads of a worker: how many tasks run at a time, and which are passed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from threading import Event
from time import sleep

import pytest

from api.threads import Threads

HOUR = 3600.0


class Task:
    """A task that says when it has begun, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun, self._end = Event(), Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self._end.wait(10)

    def end(self) -> None:
        self._end.set()


@contextmanager
def given(tasks: list[Task], most: int, patience: float = HOUR) -> Iterator[Threads]:
    """Threads that the tasks are given to, all ended with the test, however it ends."""
    threads = Threads(most, patience)
    try:
        for task in tasks:
            threads.submit(task)
        yield threads
    finally:
        for task in tasks:
            task.end()
        threads.shutdown(wait=True)


def begun(tasks: list[Task]) -> list[bool]:
    """Which of the tasks have begun, a moment from now."""
    sleep(0.05)
    return [task.begun.is_set() for task in tasks]


def test_two_tasks_run_at_a_time() -> None:
    tasks = [Task() for _ in range(3)]
    with given(tasks, most=4):
        assert begun(tasks) == [True, True, False]


def test_the_next_one_begins_when_one_is_done() -> None:
    tasks = [Task() for _ in range(4)]
    with given(tasks, most=4):
        tasks[0].end()
        assert tasks[2].begun.wait(10)
        assert begun(tasks) == [True, True, True, False]


def test_tasks_that_take_long_are_passed() -> None:
    tasks = [Task() for _ in range(3)]
    with given(tasks, most=4, patience=0.01) as threads:
        sleep(0.02)
        threads.relieve()
        assert tasks[2].begun.wait(10)


def test_there_are_never_more_at_work_than_there_may_be() -> None:
    tasks = [Task() for _ in range(4)]
    with given(tasks, most=3, patience=0.0) as threads:
        threads.relieve()
        assert begun(tasks) == [True, True, True, False]


def test_what_a_task_raises_is_in_its_future_and_the_thread_goes_on() -> None:
    threads = Threads(1)
    failed = threads.submit(int, "no number")
    with pytest.raises(ValueError, match="no number"):
        failed.result(10)
    assert threads.submit(int, "7").result(10) == 7
    threads.shutdown(wait=True)


def test_many_tasks_are_all_done_in_the_order_given() -> None:
    done: list[int] = []
    threads = Threads(1)
    wait([threads.submit(done.append, number) for number in range(1000)], 10)
    assert done == list(range(1000))
    threads.shutdown(wait=True)


def test_what_waits_is_done_before_a_shutdown_is_over() -> None:
    threads = Threads(4)
    futures = [threads.submit(sleep, 0.001) for _ in range(100)]
    threads.shutdown(wait=True)
    assert all(future.done() for future in futures)
