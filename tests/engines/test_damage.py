"""Flipped bytes: whatever file they are in, a process that reads it lives on."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import WHOLE
from indexer.errors import IndexDamaged
from tests.engines.history import put

FLIPS_A_FILE = 12

# Every way a searcher goes through a snapshot; in a process of its own, which a crash would end.
SEARCH = """
import random, sys
from pathlib import Path

import numpy as np

from indexer.engines.base import EVERYTHING, NO_FILTERS, Filters, Scope, Word
from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError
from tests.engines.corpus import DIMENSION

index, flips, served = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "served"
chance = random.Random(3)
WORDS = [Word("ferry", 1.0), Word("storm", 1.5)]


def opened():
    return LocalEngine(index).snapshot()


def search(snapshot):
    vector = np.ones(DIMENSION, np.float32)
    scope = Scope(Filters(source=("wire",)), phrases=("ferry",))
    for within in (EVERYTHING, scope):
        found = [snapshot.dense(vector, 20, within), snapshot.lexical(WORDS, 20, within)]
        for candidates in found:
            snapshot.evidence(candidates.handles, vector, WORDS)
            snapshot.locate(candidates.handles)
            snapshot.vectors(candidates.handles)
    snapshot.articles(NO_FILTERS, 0, 50)
    snapshot.count(Filters(source=("wire",)))
    snapshot.handle("r3#0")
    list(snapshot.ids())


def flip(path, at, bit):
    # In place: whoever has the file mapped sees it.
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


refused = answered = 0
for path in sorted(path for path in index.rglob("*") if path.is_file()):
    size = path.stat().st_size
    for _ in range(flips if size else 0):
        place = path, chance.randrange(size), chance.randrange(8)
        print(place, flush=True)
        before = opened() if served else None
        flip(*place)
        try:
            search(before or opened())
            answered += 1
        except DatelineError:
            refused += 1
            assert before is None or before.damaged
        flip(*place)
search(opened())
assert refused and answered, (refused, answered)
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("sound")
    engine = LocalEngine(directory)
    put(engine, *range(40))
    put(engine, 3, 41, version=1, remove=(5,))
    return directory


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("when", ["not yet open", "served"])
def test_no_flipped_byte_ends_the_process_or_leads_to_another_error(
    sound: Path, tmp_path: Path, compacted: bool, when: str
) -> None:
    index = copytree(sound, tmp_path / "index")
    if compacted:
        LocalEngine(index, retain_seconds=0).compact(WHOLE)
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, str(index), str(FLIPS_A_FILE), when],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-3000:]


# Before and beyond all there are; the first article itself has number 1.
@pytest.mark.parametrize("number", [-(1 << 62), 0, 1, 100_000, 1 << 62])
def test_a_number_that_no_passage_has_comes_of_damage(sound: Path, number: int) -> None:
    with closing(LocalEngine(sound).snapshot()) as snapshot:
        with pytest.raises(IndexDamaged, match="cannot be read"):
            snapshot.vectors(np.array([number]))
        assert snapshot.damaged
