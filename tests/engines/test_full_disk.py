"""A disk that is full: it is said, the generation before stays, and nothing unfinished does."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import WHOLE
from indexer.errors import DatelineError
from tests.engines.history import answers, problems, put


@contextmanager
def room_for(largest: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: the system refuses as a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def unfinished(index: Path) -> list[Path]:
    """What writers and mergers leave where they are cut short."""
    return [path for path in index.glob("*/.*") if path.is_dir()]


@pytest.fixture
def full(tmp_path: Path) -> LocalEngine:
    """An index of two segments of a size that no file in it can grow to below."""
    engine = LocalEngine(tmp_path)
    put(engine, *range(40))
    put(engine, *range(40, 80))
    return engine


@pytest.mark.parametrize("largest", [0, 100, 3000, 8192, 30_000])
def test_what_finds_no_room_is_not_published_and_leaves_nothing(
    full: LocalEngine, tmp_path: Path, largest: int
) -> None:
    before = answers(full.snapshot())
    with room_for(largest), pytest.raises(DatelineError, match="make room there"):
        put(full, *range(80, 680))
    assert unfinished(tmp_path) == []
    assert answers(LocalEngine(tmp_path).snapshot()) == before
    put(full, *range(80, 680))
    assert problems(full) == []


@pytest.mark.parametrize("largest", [0, 100, 3000, 8192])
def test_a_merge_that_finds_no_room_leaves_nothing(
    full: LocalEngine, tmp_path: Path, largest: int
) -> None:
    before = answers(full.snapshot())
    with room_for(largest), pytest.raises(DatelineError, match="make room there"):
        full.compact(WHOLE)
    assert unfinished(tmp_path) == []
    assert answers(LocalEngine(tmp_path).snapshot()) == before
    full.compact(WHOLE)
    assert problems(full) == []


@pytest.mark.parametrize("left", ["segments", "generations"])
def test_whoever_writes_next_removes_what_a_killed_merge_left(
    full: LocalEngine, tmp_path: Path, left: str
) -> None:
    (tmp_path / left / ".compaction").mkdir()
    put(full, 1)
    assert unfinished(tmp_path) == []


def test_a_merge_with_nothing_to_do_removes_it_too(full: LocalEngine, tmp_path: Path) -> None:
    full.compact(WHOLE)
    (tmp_path / "segments" / ".compaction").mkdir()
    assert full.compact(WHOLE) is None
    assert unfinished(tmp_path) == []
