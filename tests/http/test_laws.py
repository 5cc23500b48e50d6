"""Laws of `/search` over many hits: pages, counts and filters agree with each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import build
from api.settings import ApiSettings
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from tests.http.archive import SOURCES, archive
from tests.http.newsroom import METHOD, publish, searcher_over

often = settings(max_examples=40)

QUESTIONS = st.sampled_from(
    ["island ferry", "storm at the harbour", "minister vote school drill", '"river" -storm', "rain"]
)
RANKINGS = st.fixed_dictionaries(
    {
        "query": QUESTIONS,
        "mode": st.sampled_from(["hybrid", "dense", "lexical"]),
        "collapse": st.sampled_from(["none", "article"]),
        "sort": st.sampled_from(["relevance", "newest", "oldest"]),
        "include_weak": st.booleans(),
    },
    optional={
        "min_relevance": st.sampled_from([0.1, 0.6, 0.9]),
        "recency_half_life": st.just("20d"),
        "source": st.sampled_from([source for source in SOURCES if source]),
        "facets": st.just("source"),
    },
)
CONDITIONS: dict[str, tuple[dict[str, object], Filters]] = {
    "source": ({"source": "harbour post"}, Filters(source=("harbour post",))),
    "sources": (
        {"source": ["Harbour Post", "Pacific Ledger"]},
        Filters(source=("Harbour Post", "Pacific Ledger")),
    ),
    "not": ({"exclude_source": "Meridian Wire"}, Filters(exclude_source=("Meridian Wire",))),
    "section": ({"section": "Asia"}, Filters(section=("Asia",))),
    "language": ({"language": "en"}, Filters(language=("en",))),
    "author": ({"author": "Ken Mori"}, Filters(author=("Ken Mori",))),
    "article": ({"article_id": "archive/4"}, Filters(article_id=("archive/4",))),
    "from": (
        {"from": "2026-01-20"},
        Filters(published_from=datetime(2026, 1, 20, tzinfo=UTC)),
    ),
    "both": (
        {"section": "World", "to": "2026-02-01T00:00Z"},
        Filters(section=("World",), published_to=datetime(2026, 2, 1, tzinfo=UTC)),
    ),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    engine = LocalEngine(tmp_path_factory.mktemp("archive"))
    publish(engine, *archive())
    return engine


@pytest.fixture(scope="module")
def shallow(engine: LocalEngine) -> Flask:
    """An application whose retrievers propose so little at first that it has to look deeper."""
    return build(ApiSettings(), searcher_over(engine, replace(METHOD, depth=4)))


@pytest.fixture(scope="module")
def exhaustive(engine: LocalEngine) -> Flask:
    """An application whose retrievers propose all there is at once."""
    return build(ApiSettings(), searcher_over(engine, replace(METHOD, depth=1000)))


@pytest.fixture(scope="module", params=[4, 1000])
def either(engine: LocalEngine, request: pytest.FixtureRequest) -> Flask:
    """An application that looks deeper, or has seen all there is."""
    return build(ApiSettings(), searcher_over(engine, replace(METHOD, depth=request.param)))


def ask(app: Flask, **body: object) -> dict[str, Any]:
    response = app.test_client().post("/search", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def pages(app: Flask, limit: int, **body: object) -> list[dict[str, Any]]:
    found = [ask(app, limit=limit, **body)]
    while cursor := found[-1]["next_cursor"]:
        found.append(ask(app, limit=limit, cursor=cursor, **body))
    return found


def hits(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [hit for answer in answers for hit in answer["hits"]]


@often
@given(asked=RANKINGS, limit=st.integers(1, 40))
def test_pages_concatenate_to_the_single_long_page(
    shallow: Flask, asked: dict[str, object], limit: int
) -> None:
    found = pages(shallow, limit, **asked)
    assert hits(found) == ask(shallow, limit=100, **asked)["hits"]
    assert all(len(page["hits"]) == limit for page in found[:-1])


@often
@given(asked=RANKINGS, limit=st.integers(1, 40))
def test_the_verdict_is_the_same_on_every_page(
    shallow: Flask, asked: dict[str, object], limit: int
) -> None:
    verdicts = {(page["answerable"], page["reason"]) for page in pages(shallow, limit, **asked)}
    assert len(verdicts) == 1


@often
@given(asked=RANKINGS)
def test_no_hit_is_less_relevant_than_was_asked_for(
    shallow: Flask, asked: dict[str, object]
) -> None:
    found = hits(pages(shallow, 30, **{**asked, "min_relevance": 0.6, "include_weak": False}))
    assert all(hit["relevance"] >= 0.6 for hit in found)


@often
@given(asked=RANKINGS)
def test_collapsed_hits_are_one_an_article_and_hold_no_passage_twice(
    shallow: Flask, asked: dict[str, object]
) -> None:
    found = hits(pages(shallow, 30, **{**asked, "collapse": "article"}))
    articles = [hit["article"]["id"] for hit in found]
    assert len(set(articles)) == len(articles)
    passages = [passage["id"] for hit in found for passage in (hit["passage"], *hit["collapsed"])]
    assert len(set(passages)) == len(passages)
    assert all(
        passage["id"].startswith(f"{hit['article']['id']}#")
        for hit in found
        for passage in hit["collapsed"]
    )


@often
@given(asked=RANKINGS)
def test_hits_by_date_are_in_the_order_of_their_dates(
    shallow: Flask, asked: dict[str, object]
) -> None:
    newest = [
        hit["article"]["published_at"]
        for hit in hits(pages(shallow, 100, **{**asked, "sort": "newest"}))
    ]
    dated = [moment for moment in newest if moment]
    assert dated == sorted(dated, reverse=True)
    assert newest == dated + [None] * (len(newest) - len(dated))


@often
@given(asked=RANKINGS, limit=st.integers(8, 40))
def test_facets_equal_a_recount_over_all_pages(
    shallow: Flask, asked: dict[str, object], limit: int
) -> None:
    names = ["source", "section", "language", "month", "author"]
    found = pages(shallow, limit, **{**asked, "include_weak": False, "facets": names})
    recounted = counted([hit["article"] for hit in hits(found)])
    for page in found:
        assert page["total"]["value"] == len(hits(found))
        assert {
            name: {entry["value"]: entry["count"] for entry in entries}
            for name, entries in page["facets"].items()
        } == recounted


def counted(articles: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    values = {
        "source": [article["source"] for article in articles],
        "section": [article["section"] for article in articles],
        "language": [article["language"] for article in articles],
        "month": [(article["published_at"] or "")[:7] for article in articles],
        "author": [author for article in articles for author in article["authors"]],
    }
    return {name: dict(Counter(filter(None, found))) for name, found in values.items()}


@often
@given(
    question=QUESTIONS,
    mode=st.sampled_from(["hybrid", "dense", "lexical"]),
    name=st.sampled_from(sorted(CONDITIONS)),
)
def test_a_filters_result_equals_filtering_the_unfiltered_result(
    exhaustive: Flask, question: str, mode: str, name: str
) -> None:
    parameters, filters = CONDITIONS[name]
    asked = {"query": question, "mode": mode, "include_weak": True}
    passing = {article.id for article in archive() if filters.matches(article)}
    expected = [
        (hit["passage"]["id"], hit["score"])
        for hit in hits(pages(exhaustive, 100, **asked))
        if hit["article"]["id"] in passing
    ]
    filtered = hits(pages(exhaustive, 100, **asked, **parameters))
    assert [hit["passage"]["id"] for hit in filtered] == [id_ for id_, _ in expected]
    # Sums of products of floats may differ in the last place with what else is summed.
    scores = [hit["score"] for hit in filtered]
    assert scores == pytest.approx([score for _, score in expected], abs=1e-5)


@settings(max_examples=25)
@given(asked=RANKINGS, limit=st.integers(1, 20))
def test_why_not_agrees_with_the_search_about_every_article(
    either: Flask, asked: dict[str, object], limit: int
) -> None:
    places: dict[str, int] = {}
    for hit in ask(either, limit=limit, **asked)["hits"]:
        places.setdefault(hit["article"]["id"], hit["rank"])
    for article in archive()[::4]:
        body = {"article_id": article.id, "limit": limit, **asked}
        told = either.test_client().post("/search/why-not", json=body).get_json()
        assert (told["verdict"] == "found") is (article.id in places), told
        if article.id in places:
            assert told["rank"] == places[article.id]
