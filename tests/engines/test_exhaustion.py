"""A process that has run out of something: a sound index is not called damaged for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import ResourcesExhausted
from tests.descriptors import descriptors_left
from tests.engines.history import ignore, problems, put

# In a process of its own, which gives up being root: root has no limit of threads.
WITHOUT_THREADS = """
import os, resource, sys
from pathlib import Path

from indexer.engines.local import LocalEngine
from indexer.errors import ResourcesExhausted
from tests.engines.history import problems, put

place = Path(sys.argv[1])
index, fresh = LocalEngine(place / "index"), LocalEngine(place / "fresh")
put(index, *range(3))
if os.geteuid() == 0:
    for path in (place, *place.rglob("*")):
        os.chown(path, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
limits = resource.getrlimit(resource.RLIMIT_NPROC)
resource.setrlimit(resource.RLIMIT_NPROC, (0, limits[1]))
for act in (index.snapshot, lambda: put(fresh, 1)):
    try:
        act()
    except ResourcesExhausted:
        print("exhausted")
resource.setrlimit(resource.RLIMIT_NPROC, limits)
put(index, 4)
put(fresh, 1)
assert problems(index) == problems(fresh) == []
"""


def opened(index: Path) -> None:
    LocalEngine(index).snapshot().close()


def verified(index: Path) -> None:
    assert problems(LocalEngine(index)) == []


def backed_up(index: Path) -> None:
    LocalEngine(index).back_up(index.with_name("backup.tar"), ignore)


@pytest.mark.parametrize("act", [opened, verified, backed_up])
def test_without_descriptors_left_a_sound_index_is_not_called_damaged(
    tmp_path: Path, act: Callable[[Path], None]
) -> None:
    index = tmp_path / "index"
    put(LocalEngine(index), *range(3))
    put(LocalEngine(index), *range(3, 6))
    refused = 0
    for left in count():
        try:
            with descriptors_left(left):
                act(index)
            break
        except ResourcesExhausted:
            refused += 1
    assert refused > 3


def test_where_tantivy_panics_without_threads_left_that_is_said_and_is_over_with_it() -> None:
    # Not within `tmp_path`, which only its owner may enter.
    with TemporaryDirectory() as place:
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_THREADS, place],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "exhausted\nexhausted\n"), done.stderr[-3000:]
