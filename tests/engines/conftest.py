"""What tests of a local index share."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from indexer.engines.local import LocalEngine
from tests.engines.history import put


@pytest.fixture(scope="module")
def with_a_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of additions, corrections and withdrawals."""
    directory = tmp_path_factory.mktemp("history")
    engine = LocalEngine(directory)
    put(engine, *range(30))
    for number in range(30, 36):
        put(engine, number)
    put(engine, 3, 31, 35, version=1)
    put(engine, remove=(4, 5, 32, 35))
    return directory


@pytest.fixture
def engine(with_a_history: Path, tmp_path: Path) -> LocalEngine:
    """An index with a history, of the test's own."""
    return LocalEngine(copytree(with_a_history, tmp_path / "index"))
