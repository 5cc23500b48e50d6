"""Generations are kept for a while, and one may go back to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import WHOLE
from indexer.errors import GenerationGone
from tests.engines.corpus import CHUNKING, MODEL
from tests.engines.history import answers, problems, put, report


def test_generations_are_kept_for_the_time_that_is_set(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, retain_seconds=3600)
    names = [put(engine, number).generation for number in range(5)]
    assert [kept.name for kept in engine.generations()] == names
    assert [kept.current for kept in engine.generations()] == [False] * 4 + [True]
    LocalEngine(tmp_path, retain_seconds=0).compact(WHOLE)
    assert [kept.manifest and kept.manifest.articles for kept in engine.generations()] == [5, 5]


def test_a_generation_that_is_read_is_not_removed(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, retain_seconds=0)
    put(engine, 1)
    read = engine.snapshot()
    for number in range(2, 6):
        put(engine, number)
    name = read.manifest.generation
    assert answers(engine.snapshot(name)) == answers(read)
    read.close()
    put(engine, 7)
    with pytest.raises(GenerationGone):
        engine.snapshot(name)


def test_a_clock_set_back_removes_nothing(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, retain_seconds=60)
    names = [put(engine, number).generation for number in range(4)]
    for name in names[:3]:
        os.utime(tmp_path / "generations" / name / "manifest.json", (2e10, 2e10))
    put(engine, 9)
    assert len(engine.generations()) == 5


def test_going_back_brings_back_what_there_was(engine: LocalEngine) -> None:
    before = engine.snapshot()
    put(engine, 0, 77, version=5, remove=(1,))
    back = engine.roll_back(before.manifest.generation)
    assert answers(engine.snapshot()) == answers(before)
    assert back.number == before.manifest.number + 2
    assert problems(engine) == []
    put(engine, 77)
    assert engine.snapshot().article("r77") == report(77)[0]
    assert problems(engine) == []


def test_going_back_does_not_work_in_again_what_the_inbox_brought(engine: LocalEngine) -> None:
    before = engine.current()
    with engine.draft(MODEL, CHUNKING) as draft:
        draft.publish(drained=12)
    assert engine.roll_back(before).drained == 12


def test_going_back_to_nowhere_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(GenerationGone, match="000099"):
        engine.roll_back("000099-00000000")


@pytest.mark.parametrize(
    "file", ["manifest.json", "tombstones.npy", "lexical/meta.json", "lexical/.managed.json"]
)
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"{}")])
def test_one_can_go_back_whatever_is_damaged_in_the_newest(
    engine: LocalEngine, tmp_path: Path, file: str, damage: Callable[[Path], object]
) -> None:
    before = engine.snapshot()
    newest = put(engine, 0, 77, version=5, remove=(1,)).generation
    damage(tmp_path / "index" / "generations" / newest / file)
    again = LocalEngine(tmp_path / "index")
    assert [kept.name for kept in again.generations()][-2:] == [before.manifest.generation, newest]
    back = again.roll_back(before.manifest.generation)
    assert back.number == before.manifest.number + 2
    assert answers(again.snapshot()) == answers(before)
    assert problems(again) == []
    put(again, 77)
    assert again.snapshot().article("r77") == report(77)[0]


def test_one_can_go_back_when_a_segment_of_the_newest_is_damaged(
    engine: LocalEngine, tmp_path: Path
) -> None:
    before = engine.snapshot()
    newest = put(engine, 0, 77, version=5)
    (tmp_path / "index" / "segments" / newest.segments[-1].name / "vectors.faiss").write_bytes(b"")
    again = LocalEngine(tmp_path / "index")
    again.roll_back(before.manifest.generation)
    assert answers(again.snapshot()) == answers(before)
    assert problems(again) == []
