"""Where a backup is written, and what it never takes the place of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError
from tests.engines.history import ignore, problems


@pytest.mark.parametrize("name", ["CURRENT", "segments/backup.tar", "new folder/backup.tar"])
def test_a_backup_takes_no_place_inside_the_index(
    engine: LocalEngine, tmp_path: Path, name: str
) -> None:
    (tmp_path / "link").symlink_to("index")
    for index in (tmp_path / "index", tmp_path / "link"):
        with pytest.raises(DatelineError, match="inside the index"):
            engine.back_up(index / name, ignore)
    assert problems(LocalEngine(tmp_path / "index")) == []


def test_a_backup_replaces_nothing_but_an_ordinary_file(
    engine: LocalEngine, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "index"):
        with pytest.raises(DatelineError, match="choose"):
            engine.back_up(tmp_path / name, ignore)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("earlier", [True, False])
def test_a_backup_is_written_to_where_a_link_leads(
    engine: LocalEngine, tmp_path: Path, earlier: bool
) -> None:
    (tmp_path / "large disk").mkdir()
    (tmp_path / "latest.tar").symlink_to("large disk/backup.tar")
    if earlier:
        (tmp_path / "large disk" / "backup.tar").touch()
    engine.back_up(tmp_path / "latest.tar", ignore)
    assert (tmp_path / "latest.tar").is_symlink()
    restored = LocalEngine(tmp_path / "restored")
    restored.restore(tmp_path / "large disk" / "backup.tar", ignore)
    assert problems(restored) == []
