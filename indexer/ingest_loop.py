"""Draining an inbox all day: at once when something comes, again when it could not be done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from indexer.errors import DatelineError, InboxUnusable, IndexBusy, IngestRunning
from indexer.inbox import Inbox
from indexer.inbox_file import Watch
from indexer.ingest import Ingest
from indexer.locking import held

POLL_SECONDS = 0.05
BUSY_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 30.0

log = logging.getLogger(__name__)

Wait = Callable[[float], bool]
"""Waits so many seconds, or until it is time to end; whether it is."""


@contextmanager
def only_one(index: Path) -> Iterator[None]:
    """Keep every other process from draining the inbox of this index; raises IngestRunning."""
    running = IngestRunning(f"Another process drains the inbox of {index} already; one is enough.")
    with ExitStack() as stack:
        try:
            index.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(index / "ingest.lock", running))
        except OSError as error:
            raise DatelineError(
                f"The index directory {index} cannot be written to ({error}): give access there."
            ) from error
        yield


def follow(ingest: Ingest, inbox: Inbox, wait: Wait, published: Callable[[], None]) -> None:
    """Work in whatever comes, until `wait` says that it is over; a batch begun is finished.

    `published` is called after each batch.
    """
    pause, due, failures, told = 0.0, True, 0, True
    with closing(Watch(inbox.path)) as watch:
        while not wait(pause):
            try:
                due = watch.changed() or due
                if due:
                    _drain(ingest, wait, published)
                if told:
                    inbox.hold("")
            except IndexBusy:
                pause = BUSY_SECONDS
            except Exception as error:
                due, failures, told = True, failures + 1, True
                pause = min(LONGEST_BACKOFF_SECONDS, 2.0 ** min(failures - 1, 10))
                _report(inbox, error, pause)
            else:
                pause, due, failures, told = POLL_SECONDS, False, 0, False


def _drain(ingest: Ingest, wait: Wait, published: Callable[[], None]) -> None:
    while not wait(0) and (drained := ingest.drain()):
        log.info("%s", drained)
        published()


def _report(inbox: Inbox, error: Exception, pause: float) -> None:
    expected = isinstance(error, DatelineError)
    log.error(
        "Nothing can be worked in now, it is tried again in %.0f s: %s",
        *(pause, error),
        exc_info=None if expected else error,
    )
    try:
        inbox.hold(type(error).__name__)
    except InboxUnusable as unusable:
        log.error("Nor can that be told to those who ask: %s", unusable)
