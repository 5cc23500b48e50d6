"""The searcher over a real local index."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.search.errors import BadCursor
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.documents import Article, Passage, Span
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from indexer.errors import IndexMissing
from indexer.sentence_vectors import Sentences, to_signs
from tests.search.harbour import METHOD, WordEncoder, publish, searcher_over

ARTICLES = (
    Article("harbour", "Harbour", "A vessel left the harbour.", source="Post", language="en"),
    Article("ferry", "Ferry", "The boat was late, the boat was full.", language="en"),
    Article("ballot", "Count", "Every ballot was counted twice.", source="Wire", language="en"),
    Article("weather", "Weather", "A storm and rain and rain.", source="Wire", language="en"),
)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture
def searcher(engine: LocalEngine) -> Searcher:
    return searcher_over(engine)


def found(searcher: Searcher, query: Query) -> list[str]:
    return [hit.article.id for hit in searcher.search(replace(query, include_weak=True)).hits]


def test_dense_mode_finds_by_meaning(searcher: Searcher) -> None:
    assert set(found(searcher, Query("ship", mode="dense", limit=2))) == {"ferry", "harbour"}


def test_lexical_mode_finds_by_words_only(searcher: Searcher) -> None:
    assert found(searcher, Query("ship", mode="lexical")) == []
    assert found(searcher, Query("boats", mode="lexical")) == ["ferry"]


def test_hybrid_mode_puts_what_both_retrievers_like_first(searcher: Searcher) -> None:
    assert found(searcher, Query("vessel"))[:2] == ["harbour", "ferry"]


def test_the_fusion_can_be_chosen_and_cursors_belong_to_it(engine: LocalEngine) -> None:
    rrf = searcher_over(engine, replace(METHOD, fusion="rrf"))
    first = rrf.search(Query("vessel", limit=1))
    assert first.hits[0].article.id == "harbour"
    # first by its words, second by its meaning: the ferry's text has two boats
    assert first.hits[0].score == pytest.approx(1 / 61 + 1 / 62)
    with pytest.raises(BadCursor):
        searcher_over(engine).search(Query("vessel", limit=1, cursor=first.next_cursor))


def test_hits_are_ranked_from_one_with_falling_scores(searcher: Searcher) -> None:
    hits = searcher.search(Query("storm vote", include_weak=True)).hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_hit_obeys_the_offset_law(searcher: Searcher) -> None:
    for hit in searcher.search(Query("boat")).hits:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_filters_hold_in_every_mode(searcher: Searcher) -> None:
    only_wire = Filters(source=("wire",))
    for mode in ("hybrid", "dense", "lexical"):
        ids = found(searcher, Query("boat storm ballot", mode=mode, filters=only_wire))
        assert set(ids) == {"ballot", "weather"}


def test_a_cursor_serves_its_own_query_only(searcher: Searcher) -> None:
    cursor = searcher.search(Query("vessel", limit=1)).next_cursor
    with pytest.raises(BadCursor):
        searcher.search(Query("boat", limit=1, cursor=cursor))


def test_the_total_is_exact_where_nothing_is_beyond_it(engine: LocalEngine) -> None:
    wide = searcher_over(engine).search(Query("boat")).total
    narrow = searcher_over(engine, replace(METHOD, depth=2)).search(Query("boat", limit=1)).total
    assert (wide.value, wide.relation) == (4, "eq")
    assert narrow.relation == "gte"


def test_a_page_is_filled_from_further_down_when_the_first_candidates_do_not_reach(
    engine: LocalEngine,
) -> None:
    narrow = searcher_over(engine, replace(METHOD, depth=1))
    assert found(narrow, Query("boat")) == found(searcher_over(engine), Query("boat"))


def test_searching_before_anything_was_indexed_says_what_to_do(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    searcher = searcher_over(engine)
    with pytest.raises(IndexMissing, match="dateline index"):
        searcher.search(Query("vessel"))
    publish(engine, *ARTICLES)
    assert found(searcher, Query("vessel"))


def test_hits_show_the_sentence_that_answers_where_sentences_are_known(
    engine: LocalEngine,
) -> None:
    encoder = WordEncoder()
    text = "The crew slept. A boat came at last. Rain fell."
    spans = (Span(0, 15), Span(16, 36), Span(37, 47))
    manifest = engine.snapshot().manifest
    with engine.draft(manifest.model, manifest.chunking) as draft:
        passage = Passage("rescue#0", "rescue", text, 0, len(text))
        pooled = encoder.encode_passages([span.of(text) for span in spans])
        draft.add(
            Article("rescue", "", text, language="en"),
            [passage],
            encoder.encode_passages([text]),
            [Sentences(spans, to_signs(pooled))],
        )
        draft.publish()
    hits = searcher_over(engine).search(Query("boat", include_weak=True)).hits
    marked = {hit.article.id: [s.of(hit.article.text) for s in hit.highlights] for hit in hits}
    assert marked.pop("rescue") == ["A boat came at last."]
    assert set(map(tuple, marked.values())) == {()}


def test_no_page_goes_beyond_the_most_hits_there_are(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.search.page.MOST_HITS", 3)
    searcher = searcher_over(engine)
    first = searcher.search(Query("boat", limit=2, include_weak=True))
    last = searcher.search(Query("boat", limit=2, include_weak=True, cursor=first.next_cursor))
    assert [hit.rank for hit in (*first.hits, *last.hits)] == [1, 2, 3]
    assert last.next_cursor is None
