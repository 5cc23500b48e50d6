"""The contract of an engine: whatever it is made of, it answers as brute force does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.engines.base import NO_FILTERS, Candidate, Engine, Filters, Snapshot
from indexer.engines.local import LocalEngine
from indexer.errors import IndexMissing
from indexer.vectors import Vectors
from tests.engines.brute_force import BruteForceEngine, BruteForceSnapshot
from tests.engines.corpus import (
    AUTHORS,
    CHUNKING,
    DIMENSION,
    EPOCH,
    LANGUAGES,
    MODEL,
    SECTIONS,
    SOURCES,
    entries,
)

ENGINES: dict[str, Callable[[Path], Engine]] = {"local": LocalEngine}
ALL = 1000

vectors = st.lists(st.integers(-8, 8), min_size=DIMENSION, max_size=DIMENSION).map(
    lambda whole: np.array(whole, dtype=np.float32) / 8
)
queries = st.sampled_from(
    (
        "island chain deployments",
        "the minister in Häuser café",
        "flooding",
        "配備",
        "南西諸島 deploy",
        "nothing of this kind",
        "?!",
        "",
    )
)


def names(known: tuple[str | None, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    spelt = [name for name in known if name] + [name.upper() for name in known if name]
    return st.lists(st.sampled_from([*spelt, "nobody"]), max_size=2).map(tuple)


moments = st.none() | st.integers(-10, 250).map(lambda hours: EPOCH + timedelta(hours=hours))
filter_sets = st.builds(
    Filters,
    source=names(SOURCES),
    exclude_source=names(SOURCES),
    section=names(SECTIONS),
    language=names(LANGUAGES),
    author=names(AUTHORS),
    article_id=st.lists(st.sampled_from([f"article/{n:02d}" for n in range(60)])).map(tuple),
    published_from=moments,
    published_to=moments,
)


def fill(engine: Engine) -> Engine:
    with engine.draft(MODEL, CHUNKING) as draft:
        for entry in entries():
            draft.add(*entry)
        draft.publish()
    return engine


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return fill(ENGINES[request.param](tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module")
def snapshot(engine: Engine) -> Snapshot:
    return engine.snapshot()


@pytest.fixture(scope="module")
def truth() -> BruteForceSnapshot:
    engine = BruteForceEngine()
    fill(engine)
    return engine.snapshot()


def agree(found: list[Candidate], expected: list[Candidate]) -> None:
    """The same passages with the same scores, in an order those scores allow."""
    assert [c.score for c in found] == pytest.approx([c.score for c in expected], abs=1e-3)
    scores = {c.passage_id: c.score for c in expected}
    assert {c.passage_id: c.score for c in found} == pytest.approx(scores, abs=1e-3)


@given(vector=vectors, filters=filter_sets)
def test_dense_search_finds_what_brute_force_finds(
    snapshot: Snapshot, truth: BruteForceSnapshot, vector: Vectors, filters: Filters
) -> None:
    found = snapshot.dense(vector, ALL, filters)
    assert found == truth.dense(vector, ALL, filters)


@given(query=queries, filters=filter_sets)
def test_lexical_search_finds_what_brute_force_finds(
    snapshot: Snapshot, truth: BruteForceSnapshot, query: str, filters: Filters
) -> None:
    agree(snapshot.lexical(query, ALL, filters), truth.lexical(query, ALL, filters))


@pytest.mark.parametrize("query", ["island chain deployments", "配備", "Häuser", "café", "FLOOD"])
def test_lexical_search_without_filters_finds_every_passage_with_a_word(
    snapshot: Snapshot, truth: BruteForceSnapshot, query: str
) -> None:
    found = snapshot.lexical(query, ALL, NO_FILTERS)
    assert found
    agree(found, truth.lexical(query, ALL, NO_FILTERS))


@given(vector=vectors, depth=st.integers(1, 30), filters=filter_sets)
def test_a_smaller_depth_gives_the_best_of_the_same_scores(
    snapshot: Snapshot, truth: BruteForceSnapshot, vector: Vectors, depth: int, filters: Filters
) -> None:
    dense = snapshot.dense(vector, depth, filters)
    assert [c.score for c in dense] == [c.score for c in truth.dense(vector, depth, filters)]
    lexical = [c.score for c in snapshot.lexical("the minister deployed", depth, filters)]
    expected = [c.score for c in truth.lexical("the minister deployed", depth, filters)]
    assert lexical == pytest.approx(expected, abs=1e-3)


def test_scores_of_unit_vectors_agree_to_a_thousandth(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    local, brute = LocalEngine(tmp_path), BruteForceEngine()
    for engine in (local, brute):
        chance = np.random.default_rng(3)
        with engine.draft(MODEL, CHUNKING) as draft:
            for article, passages, _ in entries():
                rows = chance.standard_normal((len(passages), DIMENSION)).astype(np.float32)
                draft.add(article, passages, rows / np.linalg.norm(rows, axis=1, keepdims=True))
            draft.publish()
    query = chance.standard_normal(DIMENSION).astype(np.float32)
    query /= np.linalg.norm(query)
    agree(
        local.snapshot().dense(query, ALL, NO_FILTERS),
        brute.snapshot().dense(query, ALL, NO_FILTERS),
    )


@given(filters=filter_sets, offset=st.integers(0, 40), limit=st.integers(1, 40))
def test_articles_are_listed_newest_first(
    snapshot: Snapshot, truth: BruteForceSnapshot, filters: Filters, offset: int, limit: int
) -> None:
    assert snapshot.articles(filters, offset, limit) == truth.articles(filters, offset, limit)


@given(filters=filter_sets)
def test_counts_are_those_of_the_articles_that_pass(
    snapshot: Snapshot, truth: BruteForceSnapshot, filters: Filters
) -> None:
    assert snapshot.count(filters) == truth.count(filters)


def test_passages_are_located_in_the_order_asked_for(
    snapshot: Snapshot, truth: BruteForceSnapshot
) -> None:
    ids = [passage.id for _, passage, _ in truth.rows][::-3]
    assert snapshot.locate(ids) == truth.locate(ids)


def test_an_article_comes_back_as_it_was_given(snapshot: Snapshot) -> None:
    for article, _, _ in entries():
        assert snapshot.article(article.id) == article
    assert snapshot.article("no such article") is None


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_nothing_is_found_where_nothing_was_published(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = make(tmp_path)
    with pytest.raises(IndexMissing, match="dateline index"):
        engine.current()
    with pytest.raises(IndexMissing):
        engine.snapshot()


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_an_empty_index_answers_with_nothing(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = make(tmp_path)
    with engine.draft(MODEL, CHUNKING) as draft:
        draft.publish()
    snapshot = engine.snapshot()
    assert snapshot.dense(np.ones(DIMENSION, np.float32), 10, NO_FILTERS) == []
    assert snapshot.lexical("island", 10, NO_FILTERS) == []
    assert snapshot.articles(NO_FILTERS, 0, 10) == []


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_an_article_indexed_again_replaces_its_earlier_self(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = fill(make(tmp_path))
    before = engine.snapshot()
    fresh = {article.id: (article, p, v) for article, p, v in entries(count=9, seed=8)}
    with engine.draft(MODEL, CHUNKING) as draft:
        for entry in fresh.values():
            draft.add(*entry)
        manifest = draft.publish()
    after = engine.snapshot()

    expected = {a.id: (a, p, v) for a, p, v in entries()} | fresh
    assert after.manifest == manifest
    assert after.count(NO_FILTERS).articles == before.count(NO_FILTERS).articles == len(expected)
    vector = np.ones(DIMENSION, np.float32)
    assert {c.passage_id: c.score for c in after.dense(vector, ALL, NO_FILTERS)} == {
        p.id: v @ vector for _, ps, vs in expected.values() for p, v in zip(ps, vs, strict=True)
    }
    assert all(after.article(id_) == article for id_, (article, _, _) in expected.items())


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_a_draft_that_is_not_published_leaves_no_trace(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = fill(make(tmp_path))
    generation = engine.current()
    with engine.draft(MODEL, CHUNKING) as draft:
        for entry in entries(count=3, seed=8):
            draft.add(*entry)
    assert engine.current() == generation
    assert engine.snapshot().count(NO_FILTERS).articles == 60


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_an_open_snapshot_keeps_answering_after_newer_ones_are_published(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = fill(make(tmp_path))
    old = engine.snapshot()
    vector = np.ones(DIMENSION, np.float32)
    before = old.dense(vector, 10, NO_FILTERS), old.lexical("island", 10, NO_FILTERS)
    for _ in range(4):
        with engine.draft(MODEL, CHUNKING) as draft:
            draft.publish()
    assert (old.dense(vector, 10, NO_FILTERS), old.lexical("island", 10, NO_FILTERS)) == before
    assert old.locate([before[0][0].passage_id])
