"""Locks between processes."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from indexer.errors import DatelineError
from indexer.locking import held

BUSY = DatelineError("Somebody has it.")


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_one_holds_a_lock_and_others_are_told_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lock"
    if kind == "directory":
        path.mkdir()
    with held(path, BUSY), pytest.raises(DatelineError, match="Somebody has it"), held(path, BUSY):
        pass
    with held(path, BUSY):
        pass


def test_a_lock_that_is_removed_while_it_is_taken_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flock = tmp_path / "lock", fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        path.unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with held(path, BUSY), pytest.raises(DatelineError, match="Somebody has it"), held(path, BUSY):
        pass


def test_where_there_can_be_no_lock_the_system_says_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), held(tmp_path / "nowhere" / "lock", BUSY):
        pass
