"""The watch: has a process go on to each new generation soon after it was published."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

# A generation is served within a second of its publication; looking costs a few microseconds.
SECONDS = 0.2


class Watch:
    """Calls `refresh` again and again, in a thread of its own, off the way of any request."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        self._stopped = Event()
        # Threads do not survive a fork: to be made in the process that serves.
        self._thread = Thread(target=self._run, name="dateline-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait until it has ended."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(SECONDS):
            self._refresh()
