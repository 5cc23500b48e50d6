"""Files that are there and may not be read: each is named, and none is called missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import IndexDamaged
from tests.engines.history import answers, put


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path / "index")
    put(engine, 1)
    put(engine, 2)
    return engine


def forbid(file: Path) -> None:
    """Let the system refuse to open a file that is there; permissions do not stop root."""
    file.unlink()
    file.symlink_to(file.name)


def manifest_of(engine: LocalEngine, directory: Path) -> Path:
    return directory / "index" / "generations" / engine.current() / "manifest.json"


def test_a_manifest_that_cannot_be_read_is_told_with_what_to_mend(
    engine: LocalEngine, tmp_path: Path
) -> None:
    forbid(manifest_of(engine, tmp_path))
    told = rf"manifest of generation {engine.current()} cannot be read \(.+\): mend its permissions"
    with pytest.raises(IndexDamaged, match=told):
        LocalEngine(tmp_path / "index").snapshot()
    with pytest.raises(IndexDamaged, match=told):
        put(engine, 3)
    with pytest.raises(IndexDamaged, match=told):
        engine.back_up(tmp_path / "backup.tar", lambda _: None)
    assert not (tmp_path / "backup.tar").exists()


def test_what_is_open_goes_on_being_served(engine: LocalEngine, tmp_path: Path) -> None:
    snapshot = engine.snapshot()
    before = answers(snapshot)
    forbid(manifest_of(engine, tmp_path))
    assert answers(snapshot) == before
