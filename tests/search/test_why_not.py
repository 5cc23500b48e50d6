"""Why an article is not among the hits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.search.query import Query
from api.search.searcher import Searcher
from api.search.why_not import Needed
from indexer.documents import Article
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from tests.search.harbour import METHOD, WEIGHTS, publish, searcher_over

JANUARY, MARCH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
ARTICLES = (
    Article("first", "", "The vessel sank.", source="Wire", published_at=JANUARY),
    Article("second", "", "A vessel sank in a storm at night.\nNobody saw it.", source="Post"),
    Article("weather", "", "Rain.", source="Wire", published_at=JANUARY, language="en"),
)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture
def searcher(engine: LocalEngine) -> Searcher:
    return searcher_over(engine)


def test_an_article_among_the_hits_is_found_at_its_rank(searcher: Searcher) -> None:
    found = searcher.why_not(Query("vessel sank"), "first")
    assert (found.verdict, found.rank, found.dense_rank, found.lexical_rank) == ("found", 1, 1, 1)
    assert found.passage
    assert found.passage.id == "first#0"
    [hit] = searcher.search(Query("vessel sank", limit=1)).hits
    assert (found.score, found.relevance) == (hit.score, hit.relevance)
    assert found.explanation
    assert found.explanation.fused == pytest.approx(hit.score)


def test_an_article_that_is_not_there_is_not_indexed(searcher: Searcher) -> None:
    assert searcher.why_not(Query("vessel"), "no such article").verdict == "not_indexed"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query("vessel", filters=Filters(source=("Post",))), ("source",)),
        (Query("vessel", filters=Filters(exclude_source=("Wire",))), ("exclude_source",)),
        (
            Query("vessel", filters=Filters(section=("World",), author=("X",))),
            ("section", "author"),
        ),
        (Query("vessel", filters=Filters(language=("en",))), ("language",)),
        (Query("vessel", filters=Filters(article_id=("second",))), ("article_id",)),
        (Query("vessel", filters=Filters(published_from=MARCH)), ("from",)),
        (Query("vessel before:2025"), ("to",)),
        (Query('"sank vessel" -storm'), ('"sank vessel"',)),
        (Query("vessel -sank", mode="lexical"), ('-"sank"',)),
    ],
)
def test_each_condition_it_does_not_meet_is_named(
    searcher: Searcher, query: Query, names: tuple[str, ...]
) -> None:
    found = searcher.why_not(query, "first")
    assert (found.verdict, found.excluded_by) == ("excluded", names)


def test_an_article_below_the_end_of_the_page_is_outranked(searcher: Searcher) -> None:
    found = searcher.why_not(Query("vessel sank", limit=1), "second")
    [hit] = searcher.search(Query("vessel sank", limit=1)).hits
    assert (found.verdict, found.rank) == ("outranked", 2)
    assert found.needed == Needed("score", hit.score, found.score or 0)


def test_an_article_below_the_least_relevance_is_weak(searcher: Searcher) -> None:
    found = searcher.why_not(Query("vessel sank", min_relevance=0.6), "weather")
    assert (found.verdict, found.rank) == ("weak", None)
    assert found.needed
    assert (found.needed.name, found.needed.bound) == ("relevance", 0.6)
    assert found.needed.had == found.relevance


def test_where_nothing_answers_no_article_does(searcher: Searcher) -> None:
    found = searcher.why_not(Query("zeppelin"), "weather")
    assert found.verdict == "not_answerable"
    assert found.needed == Needed("relevance", 0.5, found.relevance or 0)


def test_an_article_without_any_of_the_words_cannot_be_found_by_words(searcher: Searcher) -> None:
    found = searcher.why_not(Query("vessel", mode="lexical"), "weather")
    assert (found.verdict, found.passage, found.score) == ("without_match", None, None)


def test_beyond_the_candidates_an_article_has_the_score_it_would_have_had(
    engine: LocalEngine,
) -> None:
    uncalibrated = replace(METHOD, depth=1, weights=replace(WEIGHTS, model="b" * 64))
    found = searcher_over(engine, uncalibrated).why_not(Query("vessel sank", limit=1), "weather")
    assert (found.verdict, found.relevance, found.lexical_rank) == ("outranked", None, None)
    assert found.dense_rank == 4
    assert found.needed
    assert found.needed.had == found.score


def test_what_age_takes_from_a_score_counts_below_the_page_too(engine: LocalEngine) -> None:
    asked = Query("vessel sank", recency_half_life=timedelta(days=1), include_weak=True)
    hits = searcher_over(engine).search(asked).hits
    # It is undated, so that age takes the most there is to take.
    own = next(hit for hit in hits if hit.article.id == "second")
    shallow = searcher_over(engine, replace(METHOD, depth=1))
    found = shallow.why_not(replace(asked, limit=1), "second")
    assert found.score == own.score
    assert found.explanation
    assert found.explanation.recency == pytest.approx(0.7)
