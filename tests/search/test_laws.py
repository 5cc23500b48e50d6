"""Laws that hold for every query: filters, facets and pages, over a small random newsroom."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.search.query import Hit, Query, Ranking
from api.search.searcher import Searcher
from indexer.documents import Article
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from tests.search.harbour import METHOD, publish, searcher_over

WORDS = ("boat", "ship", "vote", "ballot", "rain", "storm", "harbour", "minister", "Arlen", "the")
SOURCES = (None, "Meridian Wire", "Harbour Post")
LANGUAGES = ("en", "de", None)
DAY = timedelta(days=1)


def newsroom(size: int) -> Iterator[Article]:
    chance = random.Random(11)
    for number in range(size):
        lines = [" ".join(chance.choices(WORDS, k=6)) for _ in range(chance.randint(1, 5))]
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=chance.randint(0, 90))
        yield Article(
            id=f"article/{number}",
            title=" ".join(chance.choices(WORDS, k=3)),
            text="\n".join(lines),
            source=chance.choice(SOURCES),
            language=chance.choice(LANGUAGES),
            published_at=day if chance.random() < 0.8 else None,
        )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    engine = LocalEngine(tmp_path_factory.mktemp("laws"))
    publish(engine, *newsroom(14))
    return engine


@pytest.fixture(scope="module")
def exhaustive(engine: LocalEngine) -> Searcher:
    """Every passage is a candidate of every query."""
    return searcher_over(engine, replace(METHOD, depth=1000))


@pytest.fixture(scope="module", params=[3, 1000])
def searcher(request: pytest.FixtureRequest, engine: LocalEngine) -> Searcher:
    """Looks only so far at first, and further down when a page asks for it."""
    return searcher_over(engine, replace(METHOD, depth=request.param))


texts = st.lists(st.sampled_from([*WORDS, "zeppelin"]), min_size=1, max_size=4).map(" ".join)
dates = st.none() | st.integers(0, 90).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * DAY)
filters = st.builds(
    Filters,
    source=st.sampled_from([(), ("Meridian Wire",), ("harbour post",), ("Nobody",)]),
    exclude_source=st.sampled_from([(), ("Meridian Wire",)]),
    language=st.sampled_from([(), ("en",), ("de",)]),
    published_from=dates,
    published_to=dates,
)
queries = st.builds(
    Query,
    texts,
    mode=st.sampled_from(["hybrid", "dense", "lexical"]),
    filters=st.just(Filters()) | filters,
    limit=st.integers(4, 15),
    include_weak=st.booleans(),
    min_relevance=st.none() | st.floats(0, 1),
    collapse=st.sampled_from(["none", "article"]),
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
    recency_half_life=st.none() | st.just(7 * DAY),
    facets=st.just(()) | st.just(("source", "language", "month")),
)

# A law takes many searches.
law = settings(max_examples=40)


def pages(searcher: Searcher, query: Query) -> list[Ranking]:
    found = [searcher.search(query)]
    while found[-1].next_cursor:
        found.append(searcher.search(replace(query, cursor=found[-1].next_cursor)))
    return found


def all_hits(searcher: Searcher, query: Query) -> list[Hit]:
    return [hit for page in pages(searcher, query) for hit in page.hits]


@law
@given(query=queries)
def test_pages_follow_each_other_like_the_single_long_page(
    searcher: Searcher, query: Query
) -> None:
    whole = searcher.search(replace(query, limit=1000))
    assert whole.next_cursor is None
    assert tuple(all_hits(searcher, query)) == whole.hits
    assert [hit.rank for hit in whole.hits] == list(range(1, len(whole.hits) + 1))


@law
@given(query=queries)
def test_no_passage_and_under_collapsing_no_article_comes_twice(
    searcher: Searcher, query: Query
) -> None:
    hits = all_hits(searcher, query)
    shown = [p.id for hit in hits for p in (hit.passage, *hit.collapsed)]
    assert len(set(shown)) == len(shown)
    if query.collapse == "article":
        assert len({hit.article.id for hit in hits}) == len(hits)
        assert all(p.article_id == hit.article.id for hit in hits for p in hit.collapsed)


@law
@given(query=queries, conditions=filters)
def test_a_filter_s_result_is_the_unfiltered_result_filtered(
    exhaustive: Searcher, query: Query, conditions: Filters
) -> None:
    # Whether a question is answered depends on what may answer it, so weak hits are shown.
    query = replace(query, filters=Filters(), include_weak=True, facets=(), limit=1000)
    everything = exhaustive.search(query).hits
    filtered = exhaustive.search(replace(query, filters=conditions)).hits
    expected = [hit for hit in everything if conditions.matches(hit.article)]
    assert [replace(hit, rank=0) for hit in filtered] == [replace(hit, rank=0) for hit in expected]


@law
@given(query=queries)
def test_facets_are_what_counting_all_hits_gives(searcher: Searcher, query: Query) -> None:
    asked = replace(query, facets=("source", "language", "month"))
    hits = all_hits(searcher, asked)
    sources = Counter(hit.article.source for hit in hits if hit.article.source)
    months = Counter(f"{d:%Y-%m}" for hit in hits if (d := hit.article.published_at))
    for page in pages(searcher, asked):
        assert {c.value: c.count for c in page.facets["source"]} == sources
        assert {c.value: c.count for c in page.facets["month"]} == months


@law
@given(query=queries)
def test_every_hit_passes_the_filters_and_obeys_the_offset_law(
    searcher: Searcher, query: Query
) -> None:
    for hit in searcher.search(query).hits:
        assert query.filters.matches(hit.article)
        for passage in (hit.passage, *hit.collapsed):
            assert hit.article.text[passage.start : passage.end] == passage.text


@law
@given(query=queries)
def test_without_weak_hits_none_is_below_the_least_relevance(
    searcher: Searcher, query: Query
) -> None:
    least = query.min_relevance or 0.0
    ranking = searcher.search(replace(query, include_weak=False))
    assert all((hit.relevance or 0.0) >= least for hit in ranking.hits)
    assert bool(ranking.hits) == bool(ranking.answerable)


@law
@given(query=queries)
def test_a_page_is_full_unless_it_is_the_last(searcher: Searcher, query: Query) -> None:
    for page in pages(searcher, query):
        assert page.next_cursor is None or len(page.hits) == query.limit


@law
@given(query=queries, number=st.integers(0, 13))
def test_the_parts_of_every_explanation_add_up_to_the_score_they_explain(
    searcher: Searcher, query: Query, number: int
) -> None:
    told = [hit.explanation for hit in all_hits(searcher, replace(query, explain=True))]
    told.append(searcher.why_not(query, f"article/{number}").explanation)
    for each in filter(None, told):
        assert sum(signal.part for signal in each.signals) == pytest.approx(each.fused, abs=1e-5)


@law
@given(text=texts, limit=st.integers(1, 14))
def test_collapsing_fills_the_page_whenever_the_newsroom_can(
    searcher: Searcher, text: str, limit: int
) -> None:
    query = Query(text, limit=limit, collapse="article", include_weak=True)
    assert len(searcher.search(query).hits) == limit
