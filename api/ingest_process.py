"""`dateline ingest` as a child of gunicorn's arbiter, started again whenever it ends."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# One that has run for so long did not fail at its start.
STEADY_SECONDS = 60.0
# A batch takes some seconds; killed in the middle of one, nothing is lost.
GRACE_SECONDS = 15.0

log = logging.getLogger("gunicorn.error")


class IngestProcess:
    """Keeps one `dateline ingest` going; it ends by itself when this process is no more."""

    def __init__(self) -> None:
        self._ended = Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._watcher: Thread | None = None
        self._spawning = Lock()

    def start(self, index: Path) -> None:
        """Start it, and whenever it ends start it again, at first soon."""
        # A worker forked just then would keep open the pipe by which Popen learns of the start.
        os.register_at_fork(
            before=self._spawning.acquire,
            after_in_parent=self._spawning.release,
            after_in_child=self._spawning.release,
        )
        self._watcher = Thread(target=self._keep_going, args=(index,), daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End it, after the batch it is at; does nothing if it was never started."""
        self._ended.set()
        if self._watcher is None:
            return
        self._watcher.join(GRACE_SECONDS)
        child = self._child
        if child and child.poll() is None:
            child.kill()

    def _keep_going(self, index: Path) -> None:
        pause = FIRST_PAUSE
        while not self._ended.is_set():
            started = monotonic()
            self._run(index)
            if monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            if not self._ended.wait(0):
                log.warning("dateline ingest does not run; it is started again in %.1f s", pause)
                self._ended.wait(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)

    def _run(self, index: Path) -> None:
        """Start it and wait until it ends; where it cannot be started, say so."""
        try:
            with self._spawning:
                self._child = _started(index)
        except OSError as error:
            log.error("dateline ingest cannot be started: %s", error)
        else:
            self._wait_for(self._child)

    def _wait_for(self, child: subprocess.Popen[bytes]) -> None:
        # The arbiter waits for all its children and may be faster; the child has ended even so.
        while child.poll() is None:
            if self._ended.wait(0.2):
                child.terminate()
                child.wait()


def _started(index: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "api.cli", "ingest", "--index", str(index)]
    # What it prints goes where the server's own lines go.
    return subprocess.Popen([*command, "--parent", str(os.getpid())])  # noqa: S603 (no shell, ours)
