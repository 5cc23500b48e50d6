"""Upkeep of a local index: compaction, generations that are kept, going back, verification."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.documents import Article, Passage
from indexer.engines.base import EVERYTHING, NO_FILTERS, Filters, Snapshot, Word
from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.tiers import WHOLE
from indexer.engines.manifest import Manifest
from indexer.errors import GenerationGone, IndexBusy, IndexDamaged, IndexMissing
from indexer.failpoints import COMPACTING, PRUNING, WRITING
from indexer.vectors import Vectors
from tests.engines.corpus import CHUNKING, DIMENSION, EPOCH, MODEL

WORDS = ("ferry", "harbour", "minister", "flood", "election", "island", "storm", "court")


def report(number: int, version: int = 0) -> tuple[Article, list[Passage], Vectors]:
    """An article of one to three passages, the same every time it is asked for."""
    chance = random.Random(f"{number}/{version}")
    sentences = [
        f"{' '.join(chance.choices(WORDS, k=6))} {version}." for _ in range(number % 3 + 1)
    ]
    text = " ".join(sentences)
    passages, start = [], 0
    for place, sentence in enumerate(sentences):
        end = start + len(sentence)
        passages.append(Passage(f"r{number}#{place}", f"r{number}", sentence, start, end))
        start = end + 1
    source = chance.choice(("Wire", "Post", None))
    article = Article(f"r{number}", f"Report {number}", text, source, published_at=EPOCH)
    rows = np.random.default_rng(number * 100 + version).standard_normal((len(passages), DIMENSION))
    vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return article, passages, vectors.astype(np.float32)


def put(
    engine: LocalEngine, *numbers: int, version: int = 0, remove: tuple[int, ...] = ()
) -> Manifest:
    with engine.draft(MODEL, CHUNKING) as draft:
        for number in numbers:
            draft.add(*report(number, version))
        for number in remove:
            draft.remove(f"r{number}")
        return draft.publish()


def answers(snapshot: Snapshot) -> object:
    """All that can be told of a snapshot without its numbers."""
    vector = np.linspace(-1, 1, DIMENSION, dtype=np.float32)
    dense = snapshot.dense(vector, 1000, EVERYTHING)
    places = [(found.passage, found.article) for found in snapshot.locate(dense.handles)]
    listed = snapshot.articles(NO_FILTERS, 0, 1000)
    counts = [snapshot.count(filters) for filters in (NO_FILTERS, Filters(source=("wire",)))]
    return places, dense.scores.tolist(), listed, counts, sorted(snapshot.ids())


def words_of(snapshot: Snapshot, *words: str) -> dict[str, float]:
    found = snapshot.lexical([Word(word, 1.0) for word in words], 1000, EVERYTHING)
    ids = [located.passage.id for located in snapshot.locate(found.handles)]
    return dict(zip(ids, found.scores.tolist(), strict=True))


def problems(engine: LocalEngine) -> list[str]:
    return [checked.problem for checked in engine.verify() if checked.problem]


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


def test_every_publication_adds_one_segment_and_leaves_the_others_alone(
    engine: LocalEngine,
) -> None:
    before = engine.snapshot().manifest
    after = put(engine, 50)
    assert after.segments[:-1] == before.segments
    assert after.segments[-1].articles == 1
    assert put(engine, remove=(50,)).segments == after.segments


def test_numbers_are_never_used_again(engine: LocalEngine) -> None:
    ends = [segment.end for segment in engine.snapshot().manifest.segments]
    firsts = [segment.first for segment in engine.snapshot().manifest.segments]
    assert all(first >= end for first, end in zip(firsts[1:], ends, strict=False))
    assert put(engine, remove=(50, 0)).next_number >= ends[-1]


@pytest.mark.parametrize("whole", [False, True])
def test_compaction_changes_no_answer(engine: LocalEngine, whole: bool) -> None:
    before = engine.snapshot()
    known = answers(before)
    manifest = engine.compact(WHOLE) if whole else engine.compact()
    after = engine.snapshot()
    assert manifest == after.manifest
    assert len(after.manifest.segments) < len(before.manifest.segments)
    assert answers(after) == answers(before) == known
    assert words_of(after, "ferry", "storm").keys() == words_of(before, "ferry", "storm").keys()
    assert problems(engine) == []


def test_handles_stay_the_same_over_compaction(engine: LocalEngine) -> None:
    before = engine.snapshot()
    engine.compact(WHOLE)
    after = engine.snapshot()
    for number in (0, 3, 20, 31, 34):
        assert before.passages(f"r{number}").tolist() == after.passages(f"r{number}").tolist()


def test_compaction_of_everything_leaves_one_segment_and_nothing_withdrawn(
    engine: LocalEngine, tmp_path: Path
) -> None:
    engine.compact(WHOLE)
    [segment] = engine.snapshot().manifest.segments
    assert (segment.articles, segment.passages) == (
        engine.snapshot().manifest.articles,
        engine.snapshot().manifest.passages,
    )
    fresh = LocalEngine(tmp_path / "fresh")
    live = [n for n in range(36) if n not in (3, 4, 5, 31, 32, 35)]
    with fresh.draft(MODEL, CHUNKING) as draft:
        for number in live:
            draft.add(*report(number))
        for number in (3, 31):
            draft.add(*report(number, 1))
        draft.publish()
    # BM25, too, is as if what was withdrawn had never been there.
    assert words_of(engine.snapshot(), "ferry", "1") == pytest.approx(
        words_of(fresh.snapshot(), "ferry", "1"), abs=1e-4
    )


def test_there_is_nothing_to_do_twice(engine: LocalEngine) -> None:
    assert engine.compact(WHOLE)
    assert engine.compact(WHOLE) is None
    assert engine.compact() is None


def test_an_index_of_which_all_was_withdrawn_can_be_compacted(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    put(engine, 1, 2)
    put(engine, remove=(1, 2))
    engine.compact(WHOLE)
    assert engine.snapshot().manifest.segments == ()
    assert engine.snapshot().articles(NO_FILTERS, 0, 10) == []
    assert problems(engine) == []
    put(engine, 1)
    assert problems(engine) == []


def test_what_is_withdrawn_while_segments_are_merged_stays_withdrawn(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The publications of another writer, at the moments when compaction holds no lock.
    from indexer.engines.local import compaction

    interruptions: Iterator[tuple[int, ...]] = iter([(0, 33), (1, 34)])

    def interrupted(name: str) -> None:
        if name in COMPACTING:
            put(engine, 7, 60, version=2, remove=next(interruptions))

    monkeypatch.setattr(compaction, "reach", interrupted)
    engine.compact(WHOLE)
    snapshot = engine.snapshot()
    gone = {f"r{number}" for number in (0, 1, 4, 5, 32, 33, 34, 35)}
    assert not gone & set(snapshot.ids())
    assert snapshot.article("r7") == report(7, 2)[0]
    assert snapshot.article("r60") == report(60, 2)[0]
    assert not gone & {name.split("#")[0] for name in words_of(snapshot, *WORDS)}
    assert problems(engine) == []


def test_two_do_not_compact_at_once(engine: LocalEngine, tmp_path: Path) -> None:
    with (
        engine._layout.locked("compact.lock"),
        pytest.raises(IndexBusy, match="try again"),
    ):
        LocalEngine(tmp_path / "index").compact()


def test_compacting_needs_an_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        LocalEngine(tmp_path).compact()


def test_generations_are_kept_for_the_time_that_is_set(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, retain_seconds=3600)
    names = [put(engine, number).generation for number in range(5)]
    assert [kept.manifest.generation for kept in engine.generations()] == names
    assert [kept.current for kept in engine.generations()] == [False] * 4 + [True]
    LocalEngine(tmp_path, retain_seconds=0).compact(WHOLE)
    assert [kept.manifest.articles for kept in engine.generations()] == [5, 5]


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


def test_a_sound_index_verifies(engine: LocalEngine) -> None:
    checked = list(engine.verify())
    assert [each.name for each in checked] == [
        *("manifest", "checksums", "store", "offset law", "vectors", "counts", "lexical index")
    ]
    assert not any(each.problem for each in checked)


def test_any_flipped_byte_is_found(engine: LocalEngine, tmp_path: Path) -> None:
    chance = random.Random(1)
    manifest = engine.snapshot().manifest
    generation = tmp_path / "index" / "generations" / manifest.generation
    files = [path for path in generation.rglob("*") if path.is_file() and path.suffix != ".lock"]
    for segment in manifest.segments[:2]:
        directory = tmp_path / "index" / "segments" / segment.name
        files += [path for path in directory.rglob("*") if path.is_file()]
    for path in files:
        contents = path.read_bytes()
        for _ in range(3):
            place = chance.randrange(len(contents)) if contents else 0
            flipped = contents[place] ^ 1 << chance.randrange(8) if contents else 1
            path.write_bytes(contents[:place] + bytes([flipped]) + contents[place + 1 :])
            try:
                found = problems(LocalEngine(tmp_path / "index"))
            except IndexDamaged as error:
                found = [str(error)]
            except Exception as error:
                raise AssertionError(f"{path}, byte {place}") from error
            assert found, f"{path}, byte {place}"
        path.write_bytes(contents)
    assert problems(LocalEngine(tmp_path / "index")) == []


CORRECT_AND_COMPACT = """
import sys
from pathlib import Path
from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.tiers import WHOLE
from tests.engines.test_upkeep import put

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


@settings(deadline=None, max_examples=10)
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


def test_a_large_segment_gets_an_approximate_index_also_by_compaction(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, approximation=Approximation(passages=1500, recall=0.9))
    put(engine, *range(400))
    assert engine.snapshot().manifest.segments[0].nearest is None
    put(engine, *range(400, 1000))
    engine.compact(WHOLE)
    snapshot = engine.snapshot()
    [segment] = snapshot.manifest.segments
    assert segment.passages >= 1500
    assert segment.nearest
    assert segment.nearest.target == 0.9
    assert problems(engine) == []
