"""Relevance, and what is answered when nothing is relevant enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.search.errors import NotCalibrated
from api.search.query import Query, Reason
from api.search.searcher import Searcher
from indexer.documents import Article
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from tests.search.harbour import CALIBRATION, METHOD, WEIGHTS, publish, searcher_over

ARTICLES = (
    Article("harbour", "", "A vessel left the harbour.\nNobody was there.", source="Post"),
    Article("ballot", "", "Every ballot was counted twice.", source="Wire"),
    Article("weather", "", "A storm and rain and rain.", source="Wire"),
)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture
def searcher(engine: LocalEngine) -> Searcher:
    return searcher_over(engine)


def test_an_answerable_question_has_hits_and_no_reason(searcher: Searcher) -> None:
    ranking = searcher.search(Query("vessel harbour"))
    assert (ranking.answerable, ranking.reason) == (True, None)
    assert ranking.hits[0].article.id == "harbour"
    assert ranking.hits[0].relevance is not None
    assert ranking.hits[0].relevance > 0.5


def test_relevance_never_contradicts_the_order(searcher: Searcher) -> None:
    hits = searcher.search(Query("vessel in a storm")).hits
    relevances = [hit.relevance or 0.0 for hit in hits]
    assert relevances == sorted(relevances, reverse=True)


def test_a_question_nothing_answers_has_no_hits_and_says_why(searcher: Searcher) -> None:
    ranking = searcher.search(Query("zeppelin"))
    assert (ranking.answerable, ranking.reason) == (False, "below_threshold")
    assert (ranking.hits, ranking.total.value, ranking.next_cursor) == ((), 0, None)


def test_its_best_hits_are_shown_all_the_same_when_asked_for(searcher: Searcher) -> None:
    ranking = searcher.search(Query("zeppelin", include_weak=True))
    assert (ranking.answerable, ranking.reason) == (False, "below_threshold")
    assert len(ranking.hits) == 4


def test_a_least_relevance_takes_the_place_of_the_threshold(searcher: Searcher) -> None:
    every = searcher.search(Query("zeppelin", include_weak=True)).hits
    least = every[1].relevance
    ranking = searcher.search(Query("zeppelin", min_relevance=least))
    assert ranking.answerable
    assert [hit.passage.id for hit in ranking.hits] == [
        hit.passage.id for hit in every if (hit.relevance or 0) >= (least or 0)
    ]
    assert not searcher.search(Query("vessel harbour", min_relevance=1.0)).answerable


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (Query("vessel", filters=Filters(source=("Nobody",))), "filters_exclude_all"),
        (Query('"storm vessel"'), "filters_exclude_all"),
        (Query("vessel source:Nobody"), "filters_exclude_all"),
        (Query("vessel", mode="lexical", filters=Filters(source=("X",))), "filters_exclude_all"),
        (Query('"storm vessel"', mode="lexical"), "filters_exclude_all"),
        (Query("zeppelin", mode="lexical"), "no_candidates"),
        (Query("vessel", mode="lexical", filters=Filters(source=("Wire",))), "no_candidates"),
    ],
)
def test_finding_nothing_at_all_has_a_reason(
    searcher: Searcher, query: Query, reason: Reason
) -> None:
    ranking = searcher.search(query)
    assert (ranking.answerable, ranking.reason, ranking.hits) == (False, reason, ())


def test_function_words_alone_are_not_answered_by_every_text_that_has_them(
    searcher: Searcher,
) -> None:
    ranking = searcher.search(Query("what was there", mode="lexical", include_weak=True))
    assert (ranking.answerable, ranking.reason) == (False, "below_threshold")
    assert ranking.hits


def test_an_empty_index_has_no_candidates(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    publish(engine)
    assert searcher_over(engine).search(Query('"vessel" -storm')).reason == "no_candidates"


def test_with_a_model_nobody_calibrated_nothing_is_claimed(engine: LocalEngine) -> None:
    foreign = searcher_over(engine, replace(METHOD, weights=replace(WEIGHTS, model="b" * 64)))
    ranking = foreign.search(Query("zeppelin"))
    assert (ranking.answerable, ranking.reason) == (None, None)
    assert {hit.relevance for hit in ranking.hits} == {None}
    assert foreign.search(Query("zeppelin", mode="lexical")).answerable is False
    with pytest.raises(NotCalibrated, match="dateline fit"):
        foreign.search(Query("zeppelin", min_relevance=0.5))


def test_each_mode_has_its_own_calibration(engine: LocalEngine) -> None:
    strict = replace(CALIBRATION, threshold=0.99)
    calibrations = {**WEIGHTS.calibrations, "dense": strict}
    weights = replace(WEIGHTS, calibrations=calibrations)
    searcher = searcher_over(engine, replace(METHOD, weights=weights))
    assert searcher.search(Query("vessel harbour")).answerable
    assert not searcher.search(Query("vessel harbour", mode="dense")).answerable
