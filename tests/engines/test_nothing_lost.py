"""Damage to one file never makes a writer remove, or write on, what it should not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import WHOLE
from indexer.errors import DatelineError, IndexDamaged
from tests.engines.history import answers, problems, put


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of two generations, the second of which has two segments."""
    engine = LocalEngine(tmp_path)
    put(engine, 1, 2, 3)
    put(engine, 3, 4, version=1, remove=(2,))
    return tmp_path


def flips(contents: bytes) -> list[bytes]:
    """The contents with each of their bits flipped."""
    return [
        contents[:place] + bytes([contents[place] ^ 1 << bit]) + contents[place + 1 :]
        for place in range(len(contents))
        for bit in range(8)
    ]


def test_whatever_happens_to_the_name_of_the_generation_nothing_is_removed(index: Path) -> None:
    current, before = index / "CURRENT", answers(LocalEngine(index).snapshot())
    written = current.read_bytes()
    for damaged in (*flips(written), b"", written[:5], b"000001-00000000\n"):
        current.write_bytes(damaged)
        for use in (LocalEngine.snapshot, lambda engine: put(engine, 9), problems):
            with pytest.raises(IndexDamaged, match="CURRENT cannot be read"):
                use(LocalEngine(index))
    current.write_bytes(written)
    assert answers(LocalEngine(index).snapshot()) == before
    assert problems(LocalEngine(index)) == []


@pytest.mark.parametrize("writes", [1, 2])
def test_without_the_name_of_the_generation_the_newest_is_served_and_built_on(
    tmp_path: Path, writes: int
) -> None:
    engine = LocalEngine(tmp_path)
    for number in range(writes):
        put(engine, number)
    before = answers(engine.snapshot())
    (tmp_path / "CURRENT").unlink()
    assert answers(LocalEngine(tmp_path).snapshot()) == before
    put(LocalEngine(tmp_path), 9)
    kept = [f"r{number}" for number in range(writes)]
    assert sorted(LocalEngine(tmp_path).snapshot().ids()) == [*kept, "r9"]
    assert problems(LocalEngine(tmp_path)) == []


def test_a_manifest_that_is_not_what_was_written_is_never_built_on(index: Path) -> None:
    before = answers(LocalEngine(index).snapshot())
    path = index / "generations" / LocalEngine(index).current() / "manifest.json"
    written = path.read_bytes()
    # The names of segments, the counts, how far the inbox was worked in, and places all over.
    names = [found.start() for found in re.finditer(rb'"name": "0', written)]
    counts = [written.index(key) + len(key) for key in (b'"next_number": ', b'"drained": ')]
    places = {*names, *(place + 12 for place in names), *counts, *range(0, len(written), 97)}
    for place in places:
        path.write_bytes(written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :])
        with pytest.raises(DatelineError):
            put(LocalEngine(index), 9)
    path.write_bytes(written)
    assert answers(LocalEngine(index).snapshot()) == before
    assert problems(LocalEngine(index)) == []


def test_what_an_unreadable_generation_needs_stays_while_others_write(index: Path) -> None:
    first = min((index / "generations").iterdir())
    before, name = answers(LocalEngine(index).snapshot(first.name)), first / "manifest.json"
    written = name.read_bytes()
    name.write_bytes(written.replace(b'"articles"', b'"articies"', 1))
    engine = LocalEngine(index)
    engine.compact(WHOLE)
    put(engine, 9)
    name.write_bytes(written)
    assert answers(LocalEngine(index).snapshot(first.name)) == before


@pytest.mark.parametrize("file", ["vectors.faiss", "articles.sqlite", "articles/means.f16"])
def test_a_flipped_bit_is_not_merged_into_another_segment(index: Path, file: str) -> None:
    path = max((index / "segments").iterdir()) / file
    written = path.read_bytes()
    path.write_bytes(written[:-9] + bytes([written[-9] ^ 1]) + written[-8:])
    newest = LocalEngine(index).current()
    with pytest.raises(IndexDamaged, match="is not what was written"):
        LocalEngine(index).compact(WHOLE)
    assert LocalEngine(index).current() == newest
    path.write_bytes(written)
    assert problems(LocalEngine(index)) == []
