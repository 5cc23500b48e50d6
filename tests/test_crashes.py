"""Kill -9 at random instants of writing, merging, pruning and backing up."""

from __future__ import annotations

from pathlib import Path

from bench.crashes import begin, crash

KILLS = 15


def test_no_kill_loses_doubles_or_damages_an_article(tmp_path: Path) -> None:
    index = tmp_path / "index"
    expected = begin(index)
    for seed in range(KILLS):
        crash(index, seed, expected)
    assert len(expected.acknowledged) > KILLS
