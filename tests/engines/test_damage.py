"""Flipped bytes: whatever file they are in, a process that reads it lives on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import WHOLE
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

index, flips = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(3)
WORDS = [Word("ferry", 1.0), Word("storm", 1.5)]


def search():
    snapshot = LocalEngine(index).snapshot()
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


refused = answered = 0
for path in sorted(path for path in index.rglob("*") if path.is_file()):
    whole = path.read_bytes()
    for _ in range(flips if whole else 0):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        print(path, flush=True)
        try:
            search()
            answered += 1
        except DatelineError:
            refused += 1
    path.write_bytes(whole)
search()
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
def test_no_flipped_byte_ends_the_process_or_leads_to_another_error(
    sound: Path, tmp_path: Path, compacted: bool
) -> None:
    index = copytree(sound, tmp_path / "index")
    if compacted:
        LocalEngine(index, retain_seconds=0).compact(WHOLE)
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, str(index), str(FLIPS_A_FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-3000:]
