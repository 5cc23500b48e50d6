"""Reading an index: whoever may read its files can, and nothing is written beside them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError
from tests.engines.history import answers, problems, put


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index as it comes out of a backup: without the locks of whoever wrote it."""
    put(LocalEngine(tmp_path / "index"), 1, 2, 3)
    for lock in (tmp_path / "index").rglob("*.lock"):
        lock.unlink()
    return tmp_path / "index"


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of an index that may only be read; the tests may run as root."""
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)


@pytest.mark.usefixtures("read_only")
def test_reading_writes_nothing_to_an_index_that_may_only_be_read(index: Path) -> None:
    before = sorted(index.rglob("*"))
    assert answers(LocalEngine(index).snapshot())
    assert problems(LocalEngine(index)) == []
    assert sorted(index.rglob("*")) == before


@pytest.mark.usefixtures("read_only")
def test_reading_leaves_no_temporary_file(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    snapshots = [LocalEngine(index).snapshot() for _ in range(20)]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert answers(snapshots[0]) == answers(snapshots[-1])


def test_whoever_may_read_one_file_may_read_all(index: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in index.rglob("*") if path.is_file()}
    assert len(modes) == 1


@pytest.mark.usefixtures("read_only")
def test_without_room_for_temporary_files_nothing_is_called_damaged(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DatelineError, match="TMPDIR"):
        LocalEngine(index).snapshot()
