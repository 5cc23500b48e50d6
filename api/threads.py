"""The threads of a worker: two tasks at a time, and one more for each that takes long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread, current_thread
from time import monotonic
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# One runs Python while the other encodes. Were there more, each would wait for Python's lock
# whenever it comes back from a library, and wake others in vain: a worker of two was measured to
# give a quarter more answers than one of four.
AT_A_TIME = 2
PATIENCE = 0.05
"""Seconds after which a task takes long: a search is done in a fifth of that."""


class Threads:
    """Runs tasks in the order given: at most `most`, and two of those begun just now.

    A task that has taken longer than `patience` seconds does not count any more, so that others
    can pass it. Time alone wakes nobody here: whoever gives tasks calls `relieve` now and then.
    """

    def __init__(self, most: int, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._begun: dict[Thread, float] = {}
        self._over = False
        # A server that stops has waited for its answers: what still hangs is not waited for.
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(most)]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have one of the threads call; what comes of it, or what it raises, is in the future."""
        future = Future[T]()

        def task() -> None:
            try:
                result = call(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._changed:
            self._waiting.append(task)
            self._wake()
        return future

    def relieve(self) -> None:
        """Begin with what waits behind tasks that have come to take long."""
        with self._changed:
            self._wake()

    def shutdown(self, wait: bool) -> None:
        """End the threads when all that was given is done; with `wait`, come back after that."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        for thread in self._threads if wait else ():
            thread.join()

    def _wake(self) -> None:
        if self._waiting and self._room():
            self._changed.notify()

    def _room(self) -> bool:
        """Whether another task may begin."""
        lately = monotonic() - self._patience
        return sum(begun > lately for begun in self._begun.values()) < AT_A_TIME

    def _work(self) -> None:
        while task := self._next():
            task()

    def _next(self) -> Callable[[], None] | None:
        """The task that is this thread's turn, waited for; None when there will be no more."""
        with self._changed:
            self._begun.pop(current_thread(), None)
            while not self._waiting or not (self._over or self._room()):
                if self._over:
                    return None
                self._changed.wait()
            self._begun[current_thread()] = monotonic()
            return self._waiting.popleft()
