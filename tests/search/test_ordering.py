"""What can change the order of hits: reranking, recency, collapsing, sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.search.query import Query, Sort
from api.search.rerankers import RerankerFailed
from indexer.documents import Article
from indexer.engines.local import LocalEngine
from tests.search.harbour import METHOD, publish, searcher_over

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ARTICLES = (
    Article("old", "", "The vessel sank.", published_at=MONDAY - timedelta(days=70)),
    Article("new", "", "The vessel sank there.", published_at=MONDAY),
    Article("undated", "", "The vessel sank there again.\nThe crew was saved."),
)
WEEK = timedelta(days=7)


class Backwards:
    """Likes the passages best that come last, and can be told to fail."""

    name = "backwards"

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def scores(self, query: str, passages: Sequence[str], deadline: float) -> list[float]:
        assert query
        assert deadline > 0
        if self.fails:
            raise RerankerFailed("It fell asleep.")
        return [float(place) for place in range(len(passages))]


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine


def test_the_first_hits_take_the_order_of_the_reranker(engine: LocalEngine) -> None:
    query = Query("vessel sank", explain=True)
    before = searcher_over(engine).search(query)
    method = replace(METHOD, reranker=Backwards(), reranked=3)
    after = searcher_over(engine, method).search(query)
    ids = [hit.passage.id for hit in before.hits]
    assert [hit.passage.id for hit in after.hits] == [ids[2], ids[1], ids[0], ids[3]]
    assert [hit.score for hit in after.hits] == [hit.score for hit in before.hits]
    moved = [hit.explanation.reranked_from for hit in after.hits if hit.explanation]
    assert moved == [3, 2, 1, None]
    assert after.degraded == ()


def test_a_reranker_that_fails_leaves_the_fused_order_and_is_named(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    fused = searcher_over(engine).search(Query("vessel sank"))
    method = replace(METHOD, reranker=Backwards(fails=True))
    ranking = searcher_over(engine, method).search(Query("vessel sank"))
    assert ranking.hits == fused.hits
    assert ranking.degraded == ("reranker",)
    assert "It fell asleep." in caplog.text


def test_newer_articles_come_first_only_when_that_is_asked_for(engine: LocalEngine) -> None:
    searcher = searcher_over(engine)
    plain = searcher.search(Query("vessel sank", explain=True)).hits
    assert plain[0].article.id == "old"
    assert {hit.explanation.recency for hit in plain if hit.explanation} == {None}
    asked = Query("vessel sank", recency_half_life=WEEK, explain=True)
    fresh = searcher.search(asked).hits
    assert fresh[0].article.id == "new"
    factors = {hit.article.id: hit.explanation.recency for hit in fresh if hit.explanation}
    assert factors == {
        "new": None,
        "old": pytest.approx(0.7 + 0.3 / 11),
        "undated": pytest.approx(0.7),
    }


def test_a_question_may_ask_for_the_latest_itself(engine: LocalEngine) -> None:
    hits = searcher_over(engine).search(Query("latest: vessel sank")).hits
    assert hits[0].article.id == "new"


def test_recency_does_not_change_how_relevant_something_is(engine: LocalEngine) -> None:
    searcher = searcher_over(engine)
    plain = searcher.search(Query("vessel sank")).hits
    fresh = searcher.search(Query("vessel sank", recency_half_life=WEEK)).hits
    assert {hit.passage.id: hit.relevance for hit in plain} == {
        hit.passage.id: hit.relevance for hit in fresh
    }


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("newest", ["new", "old", "undated"]), ("oldest", ["old", "new", "undated"])],
)
def test_hits_can_be_sorted_by_date_the_undated_last(
    engine: LocalEngine, sort: Sort, expected: list[str]
) -> None:
    hits = searcher_over(engine).search(Query("vessel sank", sort=sort, collapse="article")).hits
    assert [hit.article.id for hit in hits] == expected


def test_a_list_by_date_leaves_out_what_is_not_relevant(engine: LocalEngine) -> None:
    publish(engine, Article("weather", "", "Rain.", published_at=MONDAY))
    searcher = searcher_over(engine)
    newest = Query("vessel sank", sort="newest")
    assert "weather" not in {hit.article.id for hit in searcher.search(newest).hits}
    every = searcher.search(replace(newest, include_weak=True)).hits
    assert "weather" in {hit.article.id for hit in every}


def test_collapsed_by_article_each_has_one_hit_that_names_the_others(engine: LocalEngine) -> None:
    ranking = searcher_over(engine).search(Query("vessel sank", collapse="article"))
    collapsed = {hit.article.id: [p.id for p in hit.collapsed] for hit in ranking.hits}
    assert collapsed == {"old": [], "new": [], "undated": ["undated#1"]}
    assert ranking.total.value == 3


def test_collapsing_still_fills_the_page_when_one_article_has_all_the_best_passages(
    tmp_path: Path,
) -> None:
    engine = LocalEngine(tmp_path)
    long = Article("long", "", "\n".join(f"The vessel sank {n}." for n in range(40)))
    others = [Article(f"other{n}", "", f"A storm and a vessel {n}.") for n in range(6)]
    publish(engine, long, *others)
    narrow = searcher_over(engine, replace(METHOD, depth=2))
    ranking = narrow.search(Query("vessel sank", collapse="article", limit=7))
    assert ranking.hits[0].article.id == "long"
    assert len({hit.article.id for hit in ranking.hits}) == 7
