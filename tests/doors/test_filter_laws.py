"""Laws of the filters of other systems: what passes is what the ranking has of it, in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import build
from api.doors.conditions import AllOf, AnyOf, Condition, Filled, Named, Not, Published, Worded
from api.doors.facts import facts_of
from api.settings import ApiSettings
from indexer.documents import Article
from indexer.engines.local import LocalEngine
from tests.http.archive import archive
from tests.http.newsroom import METHOD, publish, searcher_over

often = settings(max_examples=40)
fewer = settings(max_examples=20)

ARTICLES = archive()
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
SOME = {
    "source": ["Meridian Wire", "HARBOUR POST", "Pacific Ledger", "Nobody's"],
    "section": ["World", "asia"],
    "language": ["en", "en-GB", "de"],
    "author": ["Ana Ruiz", "ken mori"],
    "article_id": ["archive/4", "archive/11"],
    "title": ["Report 4 on the island", "report 7 ON the storm"],
}


def named() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(SOME)).flatmap(
        lambda key: st.one_of(
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["eq", "ne"]),
                    "key": st.just(key),
                    "value": st.sampled_from(SOME[key]),
                }
            ),
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["in", "nin"]),
                    "key": st.just(key),
                    "value": st.lists(st.sampled_from(SOME[key]), min_size=1, max_size=3),
                }
            ),
        )
    )


def dated() -> st.SearchStrategy[dict[str, Any]]:
    value = st.one_of(
        MOMENTS.map(datetime.isoformat),
        MOMENTS.map(lambda moment: moment.date().isoformat()),
        MOMENTS.map(lambda moment: int(moment.timestamp())),
        st.sampled_from([a.published_at.isoformat() for a in ARTICLES if a.published_at]),
    )
    kinds = ["eq", "ne", "gt", "gte", "lt", "lte"]
    return st.fixed_dictionaries(
        {"type": st.sampled_from(kinds), "key": st.just("published_at"), "value": value}
    )


FILTERS = st.recursive(
    named() | dated(),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.sampled_from(["and", "or"]),
            "filters": st.lists(inner, min_size=1, max_size=3),
        }
    ),
    max_leaves=6,
)


def passes(filters: dict[str, Any], article: Article) -> bool:
    """The filter, spelled out anew."""
    match filters["type"]:
        case "and":
            return all(passes(each, article) for each in filters["filters"])
        case "or":
            return any(passes(each, article) for each in filters["filters"])
        case "in" | "nin":
            alike = any(equals(filters["key"], value, article) for value in filters["value"])
            return alike is bool(filters["type"] == "in")
        case "eq" | "ne":
            same = equals(filters["key"], filters["value"], article)
            return same is bool(filters["type"] == "eq")
    return compares(filters["type"], filters["value"], article)


def equals(key: str, value: Any, article: Article) -> bool:
    own: dict[str, list[str | None]] = {
        "source": [article.source],
        "section": [article.section],
        "author": list(article.authors),
        "article_id": [article.id],
        "title": [article.title],
    }
    match key:
        case "published_at":
            first, end = moments(value)
            return article.published_at is not None and first <= article.published_at < end
        case "language":
            tags = f"{article.language}-".lower()
            return article.language is not None and tags.startswith(f"{value}-".lower())
        case "article_id":
            return bool(article.id == value)
    return value.lower() in [text.lower() for text in own[key] if text]


def compares(kind: str, value: Any, article: Article) -> bool:
    first, end = moments(value)
    compared: dict[str, Callable[[datetime], bool]] = {
        "gt": lambda at: at >= end,
        "gte": lambda at: at >= first,
        "lt": lambda at: at < first,
        "lte": lambda at: at < end,
    }
    return article.published_at is not None and compared[kind](article.published_at)


def moments(value: Any) -> tuple[datetime, datetime]:
    """The first instant a date names, and the first after it."""
    if isinstance(value, int):
        moment = datetime.fromtimestamp(value, UTC)
    else:
        moment = datetime.fromisoformat(value)
        if len(value) == 10:
            first = moment.replace(tzinfo=UTC)
            return first, first + timedelta(days=1)
    return moment, moment + timedelta.resolution


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    engine = LocalEngine(tmp_path_factory.mktemp("archive"))
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture(scope="module")
def client(engine: LocalEngine) -> FlaskClient:
    return build(ApiSettings(), searcher_over(engine)).test_client()


@pytest.fixture(scope="module")
def shallow(engine: LocalEngine) -> FlaskClient:
    """A client of an application that has to look for candidates again and again."""
    return build(ApiSettings(), searcher_over(engine, replace(METHOD, depth=4))).test_client()


def results(client: FlaskClient, **asked: Any) -> list[dict[str, Any]]:
    """The results of all pages."""
    found: list[dict[str, Any]] = []
    body = {"query": "island ferry storm", **asked}
    while True:
        page = client.post("/v1/vector_stores/vs_dateline/search", json=body).get_json()
        found += page["data"]
        if not page["has_more"]:
            return found
        body["page"] = page["next_page"]


@often
@given(filters=FILTERS, size=st.integers(3, 50), threshold=st.sampled_from([0, 0.3]))
def test_a_filter_leaves_of_the_ranking_what_passes(
    client: FlaskClient, filters: dict[str, Any], size: int, threshold: float
) -> None:
    by_id = {article.id: article for article in ARTICLES}
    asked = {"max_num_results": size, "ranking_options": {"score_threshold": threshold}}
    every = results(client, **asked)
    expected = [each for each in every if passes(filters, by_id[each["file_id"]])]
    assert results(client, filters=filters, **asked) == expected


@fewer
@given(filters=FILTERS)
def test_a_filter_overlooks_nothing_however_far_down(
    client: FlaskClient, shallow: FlaskClient, filters: dict[str, Any]
) -> None:
    asked = {"filters": filters, "max_num_results": 20}
    assert passages(results(shallow, **asked)) == passages(results(client, **asked))


def passages(found: list[dict[str, Any]]) -> set[str]:
    return {each["attributes"]["passage_id"] for each in found}


LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from(
        [Named("source", (name,)) for name in SOME["source"]]
        + [Named("language", ("en", "de")), Named("author", ("Ken Mori",))]
    ),
    st.builds(Published, MOMENTS, st.none()),
    st.builds(Published, st.none(), MOMENTS),
    st.builds(
        Worded,
        st.sampled_from(["title", "source", "author"]),
        st.sampled_from(["equals", "contains", "begins", "ends"]),
        st.lists(st.sampled_from(["R", "report", "ken mori", "storm"]), max_size=3).map(tuple),
    ),
    st.builds(Filled, st.sampled_from(["source", "published_at", "author", "url"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda found: AllOf(tuple(found))),
        st.lists(inner, max_size=3).map(lambda found: AnyOf(tuple(found))),
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(condition=CONDITIONS, article=st.sampled_from(ARTICLES))
def test_what_a_condition_implies_keeps_nothing_out_of_which_it_holds(
    condition: Condition, article: Article
) -> None:
    assert condition.implied().matches(article) or not condition.holds(facts_of(article))


@fewer
@given(
    filters=FILTERS,
    questions=st.lists(
        st.sampled_from(["island ferry storm", "river school", "vote", "minister drill"]),
        min_size=1,
        max_size=3,
    ),
    size=st.integers(5, 20),
)
def test_pages_of_several_questions_are_one_list_without_repeats(
    client: FlaskClient, filters: dict[str, Any], questions: list[str], size: int
) -> None:
    asked = {"query": questions, "filters": filters}
    whole = results(client, max_num_results=50, **asked)
    assert results(client, max_num_results=size, **asked) == whole
    assert len(passages(whole)) == len(whole)
