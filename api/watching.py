"""Following folders by looking at them, about once a second.

Notifications of the system would come sooner, but not from network drives and the mounts of
containers, and when too many come at once some are lost. A look misses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from indexer.loaders import InputFile, Problem, find_files

PAUSE_SECONDS = 1.0
RETRY_SECONDS = 5.0
# A look at very many files takes a while: no more than this share of the time goes into it.
LOOKING_SHARE = 0.1
# Files that never come to rest, as a log does, are read after so many looks all the same.
_PATIENCE = 10

Stamp: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What the files under some paths are like: what is equal has not changed."""

    stamps: dict[str, Stamp | None]
    problems: tuple[Problem, ...]


def look(paths: Sequence[str]) -> Look:
    """Look at every file under `paths` that a loader would read."""
    found = find_files(paths)
    return Look({str(file.path): _stamp(file) for file in found.files}, found.problems)


def follow(paths: Sequence[str], sync: Callable[[], bool]) -> NoReturn:
    """Call `sync` at once, and whenever what is under `paths` has changed and come to rest.

    When `sync` says that it could not be done, it is called again some seconds later.
    """
    synced: Look | None = None
    while True:
        begun = time.monotonic()
        now = look(paths)
        pause = max(PAUSE_SECONDS, (time.monotonic() - begun) / LOOKING_SHARE)
        if synced is not None and now != synced:
            now = _at_rest(paths, now, pause)
        # Looked at before it is read: what changes meanwhile is seen the next time.
        if now != synced:
            synced = now if sync() else None
        time.sleep(pause if synced else RETRY_SECONDS)


def _at_rest(paths: Sequence[str], now: Look, pause: float) -> Look:
    """The first look that is like the one before it, so that no file is read half written."""
    for _ in range(_PATIENCE):
        time.sleep(pause)
        before, now = now, look(paths)
        if now == before:
            break
    return now


def _stamp(file: InputFile) -> Stamp | None:
    """What changes whenever a file is written, moved or made readable; None without access."""
    if file.path is None:
        return None
    try:
        status = file.path.stat()
    except OSError:  # Reading it will say why.
        return None
    return status.st_ino, status.st_size, status.st_ctime_ns
