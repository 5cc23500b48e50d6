"""Locks between processes: each is a file or directory, let go of when its holder ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import DatelineError

_TRY_SECONDS = 0.02


@contextmanager
def held(path: Path, busy: DatelineError, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path`, a directory or a file that is made if need be.

    Raises `busy` when somebody else has held it for `patience` seconds, and OSError where there
    can be no lock.
    """
    descriptor = _locked(path, busy, time.monotonic() + patience)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, busy: DatelineError, deadline: float) -> int:
    """A descriptor of what is at `path`, locked."""
    flags = os.O_RDONLY if path.is_dir() else os.O_WRONLY | os.O_APPEND | os.O_CREAT
    while True:
        descriptor = os.open(path, flags, 0o666)
        try:
            _wait(descriptor, busy, deadline)
        except BaseException:
            os.close(descriptor)
            raise
        # Whoever had it may have removed it, or put another in its place, since it was opened.
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)


def _wait(descriptor: int, busy: DatelineError, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise busy from None
            time.sleep(_TRY_SECONDS)
        else:
            return


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether a file is still the one of its name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
