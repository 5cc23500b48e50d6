"""Pages of sifted hits while the index goes on."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Literal

import pytest

from api.doors.conditions import AnyOf, Condition, Everything, Named, Worded
from api.doors.facts import Facts
from api.doors.sifting import sift
from api.search.errors import BadCursor
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.engines.base import NO_FILTERS, Filters
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from tests.http.archive import archive
from tests.http.newsroom import HashingEncoder, publish, searcher_over

QUERIES = [Query("island ferry storm", include_weak=True), Query("river", include_weak=True)]


@pytest.fixture
def engine(index: LocalEngine) -> LocalEngine:
    publish(index, *archive())
    return index


def withdraw(engine: LocalEngine, article_id: str) -> None:
    encoder = HashingEncoder()
    model = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension)
    with engine.draft(model, ChunkingCard(64, 0)) as draft:
        draft.remove(article_id)
        draft.publish()


def passages(
    searcher: Searcher, condition: Condition, size: int, page: str | None = None
) -> Iterator[str]:
    """The passages of a page and of all after it."""
    found = sift(searcher, QUERIES, condition, size, page)
    yield from (hit.passage.id for hit in found.hits)
    if found.next_page:
        yield from passages(searcher, condition, size, found.next_page)


@pytest.mark.parametrize("condition", [Everything(), Worded("title", "contains", ("island",))])
def test_pages_go_on_where_they_were_when_what_came_before_is_withdrawn(
    engine: LocalEngine, condition: Condition
) -> None:
    searcher = searcher_over(engine)
    every = list(passages(searcher, condition, 50))
    first = sift(searcher, QUERIES, condition, 5)
    gone = first.hits[1].article.id
    withdraw(engine, gone)
    searcher.generations.refresh()
    rest = list(passages(searcher, condition, 5, first.next_page))
    assert rest == [each for each in every[5:] if not each.startswith(f"{gone}#")]


def test_a_page_belongs_to_its_questions_and_its_condition(engine: LocalEngine) -> None:
    searcher = searcher_over(engine)
    page = sift(searcher, QUERIES, Everything(), 1).next_page
    for queries, condition in (
        (QUERIES[:1], Everything()),
        ([*QUERIES, *QUERIES], Everything()),
        (QUERIES[::-1], Everything()),
        (QUERIES, Worded("title", "contains", ("report",))),
    ):
        with pytest.raises(BadCursor):
            sift(searcher, queries, condition, 1, page)


class Asked:
    """Holds of no article, and counts how often it is asked of each."""

    def __init__(self) -> None:
        self.times: Counter[frozenset[str]] = Counter()

    def holds(self, facts: Facts) -> bool:
        self.times[facts.keys] += 1
        return False

    def implied(self) -> Filters:
        return NO_FILTERS


def test_an_article_is_looked_at_once_for_all_its_passages_and_all_questions(
    engine: LocalEngine,
) -> None:
    condition = Asked()
    assert sift(searcher_over(engine), QUERIES, condition, 1).hits == ()
    assert set(condition.times.values()) == {1}
    assert len(condition.times) > 10


def test_a_value_is_folded_once_however_many_articles_are_compared_with_it(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = tuple(f"Nobody's {number}" for number in range(3))
    times: Counter[str] = Counter()
    normalize = unicodedata.normalize

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        times[text] += 1
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    condition = AnyOf((Worded("title", "equals", values), Named("section", values)))
    assert sift(searcher_over(engine), QUERIES, condition, 1).hits == ()
    assert {times[value] for value in values} == {2}, "once for each of the conditions"
