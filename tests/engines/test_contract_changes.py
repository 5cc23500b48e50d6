"""The contract of an engine that changes: generations, corrections, withdrawals, drafts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.engines.base import EVERYTHING, NO_FILTERS, Engine, Scope
from indexer.errors import GenerationGone, IndexMissing
from tests.engines.contract import ALL, ENGINES, fill, looked_for, named
from tests.engines.corpus import CHUNKING, DIMENSION, MODEL, entries


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An engine without a generation."""
    return ENGINES[request.param](tmp_path)


def test_nothing_is_found_where_nothing_was_published(empty: Engine) -> None:
    with pytest.raises(IndexMissing, match="dateline index"):
        empty.current()
    with pytest.raises(IndexMissing):
        empty.snapshot()


def test_an_empty_index_answers_with_nothing(empty: Engine) -> None:
    with empty.draft(MODEL, CHUNKING) as draft:
        draft.publish()
    snapshot = empty.snapshot()
    dense = snapshot.dense(np.ones(DIMENSION, np.float32), 10, EVERYTHING)
    lexical = snapshot.lexical(looked_for("island"), 10, Scope(phrases=("island",)))
    assert len(dense) == len(lexical) == 0
    nothing = snapshot.evidence(dense.handles, np.ones(DIMENSION, np.float32), looked_for("island"))
    assert len(nothing.coverage) == 0
    assert snapshot.articles(NO_FILTERS, 0, 10) == []


def test_an_article_indexed_again_replaces_its_earlier_self(empty: Engine) -> None:
    fill(empty)
    before = empty.snapshot()
    fresh = {article.id: (article, p, v) for article, p, v in entries(count=9, seed=8)}
    with empty.draft(MODEL, CHUNKING) as draft:
        for entry in fresh.values():
            draft.add(*entry)
        manifest = draft.publish()
    after = empty.snapshot()

    expected = {a.id: (a, p, v) for a, p, v in entries()} | fresh
    assert after.manifest == manifest
    assert after.count(NO_FILTERS).articles == before.count(NO_FILTERS).articles == len(expected)
    vector = np.ones(DIMENSION, np.float32)
    assert named(after, after.dense(vector, ALL, EVERYTHING)) == {
        p.id: v @ vector for _, ps, vs in expected.values() for p, v in zip(ps, vs, strict=True)
    }
    assert all(after.article(id_) == article for id_, (article, _, _) in expected.items())


def test_a_withdrawn_article_is_in_no_answer(empty: Engine) -> None:
    fill(empty)
    gone = [article.id for article, _, _ in entries()][::7]
    with empty.draft(MODEL, CHUNKING) as draft:
        assert [draft.remove(article_id) for article_id in gone] == [True] * len(gone)
        assert not draft.remove("no such article")
        manifest = draft.publish()
    after = empty.snapshot()

    left = [(a, p, v) for a, p, v in entries() if a.id not in gone]
    assert manifest.articles == after.count(NO_FILTERS).articles == len(left)
    assert manifest.passages == after.count(NO_FILTERS).passages == sum(len(p) for _, p, _ in left)
    assert sorted(after.ids()) == sorted(article.id for article, _, _ in left)
    assert all(after.article(id_) is None and not len(after.passages(id_)) for id_ in gone)
    assert [a.id for a in after.articles(NO_FILTERS, 0, ALL) if a.id in gone] == []
    ids = {passage.id for _, passages, _ in left for passage in passages}
    vector = np.ones(DIMENSION, np.float32)
    assert named(after, after.dense(vector, ALL, EVERYTHING)).keys() == ids
    assert named(after, after.lexical(looked_for("island"), ALL, EVERYTHING)).keys() <= ids


def test_an_article_can_come_back_after_it_was_withdrawn(empty: Engine) -> None:
    fill(empty)
    entry = list(entries())[4]
    with empty.draft(MODEL, CHUNKING) as draft:
        draft.remove(entry[0].id)
        draft.publish()
    with empty.draft(MODEL, CHUNKING) as draft:
        draft.add(*entry)
        draft.publish()
    assert empty.snapshot().article(entry[0].id) == entry[0]
    assert empty.snapshot().count(NO_FILTERS).articles == 60


def test_a_generation_remembers_how_far_the_inbox_was_drained(empty: Engine) -> None:
    assert fill(empty).snapshot().manifest.drained == 0
    for drained, remembered in ((7, 7), (0, 7), (9, 9)):
        with empty.draft(MODEL, CHUNKING) as draft:
            draft.publish(drained)
        assert empty.snapshot().manifest.drained == remembered


def test_a_generation_that_never_was_is_gone(empty: Engine) -> None:
    with pytest.raises(GenerationGone):
        fill(empty).snapshot("000009-none")


def test_a_draft_that_is_not_published_leaves_no_trace(empty: Engine) -> None:
    fill(empty)
    generation = empty.current()
    with empty.draft(MODEL, CHUNKING) as draft:
        for entry in entries(count=3, seed=8):
            draft.add(*entry)
    assert empty.current() == generation
    assert empty.snapshot().count(NO_FILTERS).articles == 60


def test_an_open_snapshot_keeps_answering_after_newer_ones_are_published(empty: Engine) -> None:
    fill(empty)
    old = empty.snapshot()
    vector = np.ones(DIMENSION, np.float32)

    def answers() -> list[dict[str, float]]:
        dense = old.dense(vector, 10, EVERYTHING)
        return [named(old, dense), named(old, old.lexical(looked_for("island"), 10, EVERYTHING))]

    before = answers()
    for _ in range(4):
        with empty.draft(MODEL, CHUNKING) as draft:
            draft.publish()
    assert answers() == before != [{}, {}]
