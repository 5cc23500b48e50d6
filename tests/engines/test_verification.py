"""Verifying an index finds whatever is wrong with it, whoever was killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.documents import Article
from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.tiers import WHOLE
from indexer.errors import IndexDamaged
from indexer.failpoints import COMPACTING, PRUNING, WRITING
from tests.engines.history import answers, problems, put, report


def test_a_sound_index_verifies(engine: LocalEngine) -> None:
    checked = list(engine.verify())
    assert [each.name for each in checked] == [
        *("manifest", "checksums", "store", "offset law", "vectors", "counts", "lexical index")
    ]
    assert not any(each.problem for each in checked)


def test_what_is_verified_stays_while_others_publish(engine: LocalEngine, tmp_path: Path) -> None:
    eager = LocalEngine(tmp_path / "index", retain_seconds=0)
    checking = engine.verify()
    beside = [next(checking)]
    for number in (50, 51, 52):
        put(eager, number)
    beside += checking
    assert [each.problem for each in beside] == [""] * 7
    put(eager, 53)
    assert len(eager.generations()) == 2


def test_any_flipped_byte_is_found(engine: LocalEngine, tmp_path: Path) -> None:
    manifest = engine.snapshot().manifest
    index = tmp_path / "index"
    directories = [index / "generations" / manifest.generation]
    directories += [index / "segments" / segment.name for segment in manifest.segments[:2]]
    for path in (path for directory in directories for path in directory.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            flip_and_find(index, path, times=3)
    assert problems(LocalEngine(index)) == []


def test_a_flipped_byte_of_the_approximate_index_is_found(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, approximation=Approximation(passages=1500, recall=0.9))
    put(engine, *range(1000))
    [path] = tmp_path.rglob("nearest.faiss")
    flip_and_find(tmp_path, path, times=12)
    assert problems(LocalEngine(tmp_path)) == []


def flip_and_find(index: Path, path: Path, times: int) -> None:
    """Flip a bit of a file here and there, one at a time; verifying must tell of each."""
    chance = random.Random(path.name)
    contents = path.read_bytes()
    for _ in range(times):
        place = chance.randrange(len(contents)) if contents else 0
        flipped = contents[place] ^ 1 << chance.randrange(8) if contents else 1
        path.write_bytes(contents[:place] + bytes([flipped]) + contents[place + 1 :])
        try:
            found = problems(LocalEngine(index))
        except IndexDamaged as error:
            found = [str(error)]
        except Exception as error:
            raise AssertionError(f"{path}, byte {place}") from error
        assert found, f"{path}, byte {place}"
    path.write_bytes(contents)


CORRECT_AND_COMPACT = """
import sys
from pathlib import Path
from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.tiers import WHOLE
from tests.engines.history import put

engine = LocalEngine(Path(sys.argv[1]), retain_seconds=0)
put(engine, 6, 90, version=3, remove=(8,))
engine.compact(WHOLE)
"""


@pytest.mark.parametrize("failpoint", [*WRITING, *COMPACTING, *PRUNING])
def test_a_kill_at_any_failpoint_leaves_an_index_that_verifies(
    engine: LocalEngine, tmp_path: Path, failpoint: str
) -> None:
    before = answers(engine.snapshot())
    command = [sys.executable, "-c", CORRECT_AND_COMPACT, str(tmp_path / "index")]
    armed = {**os.environ, "DATELINE_FAILPOINT": failpoint}
    killed = subprocess.run(command, env=armed, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert problems(engine) == []
    if failpoint not in ("current-renamed", *COMPACTING, *PRUNING):
        assert answers(engine.snapshot()) == before

    subprocess.run(command, check=True)
    assert problems(engine) == []
    snapshot = engine.snapshot()
    assert snapshot.article("r90") == report(90, 3)[0]
    assert snapshot.article("r8") is None
    left = [path.name for path in (tmp_path / "index").rglob(".*") if path.is_dir()]
    assert left in ([], [".compaction"])


changes = st.lists(
    st.tuples(
        st.lists(st.integers(0, 12), max_size=3),
        st.lists(st.integers(0, 12), max_size=2).map(tuple),
        st.sampled_from(("keep", "compact", "whole")),
    ),
    max_size=6,
)


@settings(max_examples=10)
@given(changes=changes)
def test_an_index_holds_what_was_last_put_and_not_withdrawn(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[list[int], tuple[int, ...], str]],
) -> None:
    engine = LocalEngine(tmp_path_factory.mktemp("history"), retain_seconds=0)
    expected: dict[str, Article] = {}
    put(engine)
    for version, (added, removed, upkeep) in enumerate(changes):
        put(engine, *added, version=version, remove=removed)
        expected |= {f"r{number}": report(number, version)[0] for number in added}
        expected = {
            id_: article for id_, article in expected.items() if int(id_[1:]) not in removed
        }
        if upkeep != "keep":
            engine.compact(WHOLE) if upkeep == "whole" else engine.compact()
    snapshot = engine.snapshot()
    assert {id_: snapshot.article(id_) for id_ in snapshot.ids()} == expected
    assert problems(engine) == []
