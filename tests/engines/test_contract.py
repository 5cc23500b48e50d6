"""The contract of an engine: whatever it is made of, it answers as brute force does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.documents import Article, Passage, Span
from indexer.engines.base import (
    EVERYTHING,
    NO_FILTERS,
    Candidates,
    Engine,
    Filters,
    Scope,
    Snapshot,
    Word,
)
from indexer.engines.local import LocalEngine
from indexer.sentence_vectors import Sentences
from indexer.vectors import Vectors
from tests.engines.brute_force import BruteForceEngine, BruteForceSnapshot
from tests.engines.contract import ALL, ENGINES, fill, looked_for, named
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

vectors = st.lists(st.integers(-8, 8), min_size=DIMENSION, max_size=DIMENSION).map(
    lambda whole: np.array(whole, dtype=np.float32) / 8
)
_VOCABULARY = ("island", "Chain", "deployments", "minister", "Häuser", "café", "flooding", "in")
words = st.lists(
    st.builds(
        Word,
        st.sampled_from((*_VOCABULARY, "配備", "南西諸島", "zeppelin", "?!")),
        st.sampled_from((1.0, 1.5)),
    ),
    max_size=6,
).map(tuple)
phrases = st.lists(
    st.sampled_from(
        ("island", "the minister", "of and", "Ministers talk", "haus", "配備", "諸島の", "no such")
    ),
    max_size=2,
).map(tuple)


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
scopes = st.builds(Scope, filter_sets | st.just(NO_FILTERS), phrases, phrases)


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


def best_first(found: Candidates) -> bool:
    pairs = list(zip((-found.scores).tolist(), found.handles.tolist(), strict=True))
    return pairs == sorted(pairs)


@given(vector=vectors, scope=scopes)
def test_dense_search_finds_what_brute_force_finds(
    snapshot: Snapshot, truth: BruteForceSnapshot, vector: Vectors, scope: Scope
) -> None:
    found = snapshot.dense(vector, ALL, scope)
    assert named(snapshot, found) == named(truth, truth.dense(vector, ALL, scope))
    assert best_first(found)


@given(words=words, scope=scopes)
def test_lexical_search_finds_what_brute_force_finds(
    snapshot: Snapshot, truth: BruteForceSnapshot, words: tuple[Word, ...], scope: Scope
) -> None:
    found = snapshot.lexical(words, ALL, scope)
    expected = named(truth, truth.lexical(words, ALL, scope))
    assert named(snapshot, found) == pytest.approx(expected, abs=1e-3)
    assert best_first(found)


@pytest.mark.parametrize("word", ["deployments", "配備", "Häuser", "café", "FLOOD"])
def test_lexical_search_finds_every_passage_with_a_word(
    snapshot: Snapshot, truth: BruteForceSnapshot, word: str
) -> None:
    found = snapshot.lexical(looked_for(word), ALL, EVERYTHING)
    assert len(found)
    assert (
        named(snapshot, found).keys()
        == named(truth, truth.lexical(looked_for(word), ALL, EVERYTHING)).keys()
    )


@given(vector=vectors, depth=st.integers(1, 30), scope=scopes)
def test_a_smaller_depth_gives_the_best_of_the_same_scores(
    snapshot: Snapshot, truth: BruteForceSnapshot, vector: Vectors, depth: int, scope: Scope
) -> None:
    dense = snapshot.dense(vector, depth, scope)
    assert dense.scores.tolist() == truth.dense(vector, depth, scope).scores.tolist()
    words = looked_for("the", "minister", "deployed")
    lexical = snapshot.lexical(words, depth, scope).scores
    expected = truth.lexical(words, depth, scope).scores
    assert lexical.tolist() == pytest.approx(expected.tolist(), abs=1e-3)


# Brute force takes its time here.
@settings(max_examples=40)
@given(vector=st.none() | vectors, words=words, every=st.integers(1, 7))
def test_the_evidence_is_what_brute_force_works_out(
    snapshot: Snapshot,
    truth: BruteForceSnapshot,
    vector: Vectors | None,
    words: tuple[Word, ...],
    every: int,
) -> None:
    asked = np.arange(len(truth.rows), dtype=np.int64)[::-every]
    ids = [located.passage.id for located in truth.locate(asked)]
    handles = np.array([snapshot.handle(id_) for id_ in ids], np.int64)
    found, expected = (
        snapshot.evidence(handles, vector, words),
        truth.evidence(asked, vector, words),
    )
    for name in ("mean_cosine", "coverage", "ideal"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=2e-3), name
    same_article = found.articles[:, None] == found.articles
    assert (same_article == (expected.articles[:, None] == expected.articles)).all()


def lone(tmp_path: Path, *articles: Article) -> Snapshot:
    """An index of these articles, a passage each, all of one vector."""
    engine = LocalEngine(tmp_path)
    with engine.draft(MODEL, CHUNKING) as draft:
        for article in articles:
            passage = Passage(f"{article.id}#0", article.id, article.text, 0, len(article.text))
            draft.add(article, [passage], np.ones((1, DIMENSION), np.float32))
        draft.publish()
    return engine.snapshot()


def test_a_stem_of_one_language_is_no_word_of_another(tmp_path: Path) -> None:
    # German stems "planes" to "plan", English to "plane".
    plan = Article("plan", "", "The plan is a plan.", language="en")
    planes = Article("planes", "", "Three planes took off.", language="en")
    german = Article("german", "", "Die Fähre lief aus.", language="de")
    snapshot = lone(tmp_path, plan, planes, german)
    assert named(snapshot, snapshot.lexical(looked_for("planes"), 10, EVERYTHING)).keys() == {
        "planes#0"
    }
    found = snapshot.dense(np.ones(DIMENSION, np.float32), 10, Scope(phrases=("planes",)))
    assert named(snapshot, found).keys() == {"planes#0"}


@pytest.mark.parametrize(
    "phrase",
    [
        "서울 시장 선거 결과",
        "東京 大阪",
        "東京2026年の大会",
        "COVIDワクチン3回目",
        "ประเทศไทย 2026",
        "島",
    ],
)
def test_a_phrase_finds_itself_in_every_script(tmp_path: Path, phrase: str) -> None:
    snapshot = lone(tmp_path, Article("a", "", f"x {phrase}。", language="ja"))
    vector = np.ones(DIMENSION, np.float32)
    assert len(snapshot.dense(vector, 10, Scope(phrases=(phrase,)))) == 1
    assert len(snapshot.dense(vector, 10, Scope(excluded=(phrase,)))) == 0


def test_a_phrase_without_a_word_is_no_condition(tmp_path: Path) -> None:
    snapshot = lone(tmp_path, Article("a", "", "A ferry.", language="en"))
    vector = np.ones(DIMENSION, np.float32)
    assert len(snapshot.dense(vector, 10, Scope(phrases=("_",), excluded=("…",)))) == 1
    assert len(snapshot.lexical(looked_for("ferry"), 10, Scope(phrases=("_",)))) == 1


def test_a_depth_of_nothing_finds_nothing(snapshot: Snapshot) -> None:
    assert len(snapshot.lexical(looked_for("island"), 0, EVERYTHING)) == 0
    assert len(snapshot.dense(np.ones(DIMENSION, np.float32), 0, EVERYTHING)) == 0


@given(words=words, scope=scopes)
def test_no_passage_scores_more_than_the_ideal_of_its_language(
    snapshot: Snapshot, words: tuple[Word, ...], scope: Scope
) -> None:
    found = snapshot.lexical(words, ALL, scope)
    ideal = snapshot.evidence(found.handles, None, words).ideal
    assert (found.scores <= ideal + 1e-3).all()


def test_no_phrase_reaches_from_the_title_into_the_text(tmp_path: Path) -> None:
    snapshot = lone(
        tmp_path, Article("a", title="Talks begin", text="Today nobody came.", language="en")
    )

    def found(phrase: str) -> int:
        return len(snapshot.dense(np.ones(DIMENSION, np.float32), 10, Scope(phrases=(phrase,))))

    assert found("talks begin") == found("Nobody came") == 1
    assert found("begin today") == 0


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
    found, expected = local.snapshot(), brute.snapshot()
    assert named(found, found.dense(query, ALL, EVERYTHING)) == pytest.approx(
        named(expected, expected.dense(query, ALL, EVERYTHING)), abs=1e-3
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
    rows = truth.rows[::-3]
    handles = np.array([snapshot.handle(passage.id) for _, passage, _ in rows], np.int64)
    found = [(located.article, located.passage) for located in snapshot.locate(handles)]
    assert found == [(article, passage) for article, passage, _ in rows]
    assert snapshot.vectors(handles).tolist() == [vector.tolist() for _, _, vector in rows]


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_sentences_come_back_with_their_passage_also_from_an_earlier_generation(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = make(tmp_path)
    signs = np.arange(4, dtype=np.uint8).reshape(2, DIMENSION // 8)
    known = Sentences((Span(0, 5), Span(6, 11)), signs)
    blank = Article("blank", "", "Nobody came.")
    passages = [Passage("a#0", "a", "Talks begin.", 0, 12), Passage("a#1", "a", "Today.", 13, 19)]
    vectors = np.ones((2, DIMENSION), np.float32)
    with engine.draft(MODEL, CHUNKING) as draft:
        draft.add(Article("a", "", "Talks begin.\nToday."), passages, vectors, [known, known])
        draft.publish()
    with engine.draft(MODEL, CHUNKING) as draft:
        draft.add(blank, [Passage("blank#0", "blank", blank.text, 0, 12)], vectors[:1])
        draft.publish()
    snapshot = engine.snapshot()
    for located in snapshot.locate(snapshot.passages("a")):
        assert located.sentences.spans == known.spans
        assert located.sentences.signs.tolist() == signs.tolist()
    [unknown] = snapshot.locate(snapshot.passages("blank"))
    assert unknown.sentences.spans == ()


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_an_index_without_a_single_word_covers_nothing(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    engine = make(tmp_path)
    with engine.draft(MODEL, CHUNKING) as draft:
        passage = Passage("dots#0", "dots", "…", 0, 1)
        draft.add(Article("dots", "", "…"), [passage], np.ones((1, DIMENSION), np.float32))
        draft.publish()
    snapshot = engine.snapshot()
    evidence = snapshot.evidence(snapshot.passages("dots"), None, looked_for("island"))
    assert evidence.coverage.tolist() == [0]


def test_an_article_knows_its_passages_in_order(snapshot: Snapshot) -> None:
    for article, passages, _ in entries():
        located = snapshot.locate(snapshot.passages(article.id))
        assert [found.passage for found in located] == passages
    assert len(snapshot.passages("no such article")) == 0
    assert snapshot.handle("no such passage") is None


def test_an_article_comes_back_as_it_was_given(snapshot: Snapshot) -> None:
    for article, _, _ in entries():
        assert snapshot.article(article.id) == article
    assert snapshot.article("no such article") is None
