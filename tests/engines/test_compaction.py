"""Compaction merges segments and changes no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.engines.base import NO_FILTERS
from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.tiers import WHOLE
from indexer.errors import IndexBusy, IndexMissing
from indexer.failpoints import COMPACTING
from tests.engines.corpus import CHUNKING, MODEL
from tests.engines.history import WORDS, answers, problems, put, report, words_of


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
