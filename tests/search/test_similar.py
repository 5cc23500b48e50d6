"""Similar articles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.search.similar import similar_to_article, similar_to_passage
from indexer.documents import Article
from indexer.engines.base import NO_FILTERS, Filters, Snapshot
from indexer.engines.local import LocalEngine
from tests.search.harbour import publish

ARTICLES = (
    Article("sinking", "", "A vessel, a boat.\nVote on vote on ballot.", source="Wire"),
    Article("ferry", "", "The boat and a ship.\nA boat in rain.", source="Post"),
    Article("election", "", "One vote for each ballot.", source="Wire"),
    Article("empty", "", "Nothing.", source="Wire"),
)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine.snapshot()


def test_articles_come_once_each_nearest_first_and_never_the_one_asked_about(
    snapshot: Snapshot,
) -> None:
    found = similar_to_article(snapshot, "sinking", NO_FILTERS, 10)
    assert found is not None
    assert found.generation == snapshot.manifest.generation
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert sorted(hit.article.id for hit in found.hits) == ["election", "empty", "ferry"]
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)


def test_a_passage_is_compared_by_itself(snapshot: Snapshot) -> None:
    boats = similar_to_passage(snapshot, "sinking#0", NO_FILTERS, 1)
    votes = similar_to_passage(snapshot, "sinking#1", NO_FILTERS, 1)
    assert boats is not None
    assert votes is not None
    assert [hit.passage.id for hit in boats.hits] == ["ferry#0"]
    assert [hit.passage.id for hit in votes.hits] == ["election#0"]
    assert boats.hits[0].score <= 1.001


def test_filters_hold_and_the_page_is_filled_all_the_same(snapshot: Snapshot) -> None:
    found = similar_to_article(snapshot, "ferry", Filters(source=("Wire",)), 2)
    assert found is not None
    assert len(found.hits) == 2
    assert {hit.article.source for hit in found.hits} == {"Wire"}


def test_what_the_index_does_not_hold_has_nothing_similar(snapshot: Snapshot) -> None:
    assert similar_to_article(snapshot, "no such article", NO_FILTERS, 5) is None
    assert similar_to_passage(snapshot, "no such passage", NO_FILTERS, 5) is None


def test_an_article_without_a_passage_is_near_to_nothing(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    model = engine.snapshot().manifest.model
    with engine.draft(model, engine.snapshot().manifest.chunking) as draft:
        draft.add(
            Article("blank", "Blank", ""), [], engine.snapshot().vectors(np.empty(0, np.int64))
        )
        draft.publish()
    found = similar_to_article(engine.snapshot(), "blank", NO_FILTERS, 5)
    assert found is not None
    assert found.hits == ()
