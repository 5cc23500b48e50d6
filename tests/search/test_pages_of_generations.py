"""The pages of a cursor stay with the generation they began in, and tell nothing that is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.search import generations
from api.search.cursor import encode_cursor
from api.search.errors import StaleCursor
from api.search.listing import Listing, list_articles
from api.search.page import listing_of
from api.search.query import FacetCount, Query, Total
from api.search.searcher import Searcher
from indexer.documents import Article
from indexer.engines.base import NO_FILTERS, Filters
from indexer.engines.local import LocalEngine
from tests.search.harbour import publish, searcher_over
from tests.search.vessels import ASKED, FERRY, HARBOUR, PIER, damage, mend, withdraw


def test_a_page_is_answered_from_the_generation_its_cursor_leads_into(
    engine: LocalEngine, searcher: Searcher
) -> None:
    whole = searcher.search(replace(ASKED, limit=10))
    cursor = searcher.search(ASKED).next_cursor
    publish(engine, PIER)
    searcher.generations.refresh()
    for reader in (searcher, searcher_over(engine)):
        page = reader.search(replace(ASKED, limit=9, cursor=cursor))
        assert page.generation == whole.generation
        assert page.hits == whole.hits[1:]
        assert reader.search(ASKED).generation != whole.generation


@pytest.mark.parametrize("correction", [None, replace(HARBOUR, text="A vessel sank.")])
def test_what_was_withdrawn_or_corrected_since_is_on_no_further_page(
    engine: LocalEngine, searcher: Searcher, correction: Article | None
) -> None:
    first = searcher.search(ASKED)
    assert first.hits[0].article == HARBOUR
    if correction:
        publish(engine, correction)
    else:
        withdraw(engine, HARBOUR)
    searcher.generations.refresh()
    page = searcher.search(replace(ASKED, limit=9, cursor=first.next_cursor))
    assert page.generation == first.generation
    assert [hit.article.id for hit in page.hits] == ["ferry"]


@pytest.mark.parametrize("correction", [None, replace(HARBOUR, authors=())])
@pytest.mark.parametrize(
    ("wanted", "others"),
    [
        (ASKED, 1),
        (replace(ASKED, collapse="article"), 1),
        (replace(ASKED, sort="newest"), 1),
        (replace(ASKED, filters=Filters(author=("A. Quay",))), 0),
    ],
)
def test_what_was_withdrawn_or_corrected_since_is_counted_on_no_further_page(
    engine: LocalEngine,
    searcher: Searcher,
    wanted: Query,
    others: int,
    correction: Article | None,
) -> None:
    wanted = replace(wanted, facets=("author",))
    generation = searcher.search(wanted).generation
    again = encode_cursor(generation, listing_of(wanted, searcher.method), 0)
    if correction:
        publish(engine, correction)
    else:
        withdraw(engine, HARBOUR)
    searcher.generations.refresh()
    page = searcher.search(replace(wanted, limit=9, cursor=again))
    assert page.generation == generation
    assert page.total == Total(others, "eq")
    assert page.facets == {"author": (FacetCount("B. Moor", 1),) * others}
    assert len(page.hits) == others


def test_what_was_withdrawn_since_is_on_no_further_page_of_a_listing(
    engine: LocalEngine, searcher: Searcher
) -> None:
    first = list_articles(searcher.generations, Listing(NO_FILTERS, 1))
    [shown] = first.articles
    gone = FERRY if shown == HARBOUR else HARBOUR
    withdraw(engine, gone)
    searcher.generations.refresh()
    listed = list_articles(searcher.generations, Listing(NO_FILTERS, 9, first.next_cursor))
    assert listed.articles == ()
    assert listed.total == first.total


def test_an_answer_from_an_older_generation_depends_on_the_newest_too(
    engine: LocalEngine, searcher: Searcher
) -> None:
    first = searcher.search(ASKED)
    page = replace(ASKED, cursor=first.next_cursor)
    [before] = searcher.asked([page])
    withdraw(engine, HARBOUR)
    searcher.generations.refresh()
    [after] = searcher.asked([page])
    assert before.generation is after.generation
    assert before.depends_on != after.depends_on


def test_a_cursor_into_a_generation_that_is_gone_is_stale(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path
) -> None:
    first = searcher.search(ASKED)
    publish(engine, PIER)
    shutil.rmtree(tmp_path / "generations" / first.generation)
    with pytest.raises(StaleCursor, match="begin again"):
        searcher_over(engine).search(replace(ASKED, cursor=first.next_cursor))


def test_an_older_generation_is_let_go_a_while_after_its_last_page(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    first = searcher.search(ASKED)
    publish(engine, PIER)
    searcher.generations.refresh()
    shutil.rmtree(tmp_path / "generations" / first.generation)
    page = replace(ASKED, cursor=first.next_cursor)
    for _ in range(3):
        clock(generations.IDLE_SECONDS - 1)
        assert searcher.search(page).generation == first.generation
        searcher.generations.refresh()
    clock(generations.IDLE_SECONDS)
    searcher.generations.refresh()
    with pytest.raises(StaleCursor):
        searcher.search(page)


def test_of_older_generations_the_last_asked_for_stay_open(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "MOST_OLDER", 2)
    pages = []
    for article in (FERRY, HARBOUR, FERRY, PIER):
        first = searcher.search(ASKED)
        pages.append(replace(ASKED, cursor=first.next_cursor))
        publish(engine, article)
        searcher.generations.refresh()
        if len(pages) > 1:
            assert searcher.search(pages[0]).hits
    for kept in (tmp_path / "generations").iterdir():
        shutil.rmtree(kept)
    assert searcher.search(pages[0]).hits
    assert searcher.search(pages[3]).hits
    with pytest.raises(StaleCursor):
        searcher.search(pages[1])


def test_a_cursor_out_of_a_generation_newer_than_ours_is_followed_whole(
    engine: LocalEngine, searcher: Searcher
) -> None:
    searcher.search(ASKED)
    corrected = replace(HARBOUR, text="A vessel left, and a vessel came.")
    published = publish(engine, PIER, corrected)
    ahead = searcher_over(engine)
    page = searcher.search(replace(ASKED, cursor=ahead.search(ASKED).next_cursor))
    assert page == ahead.search(replace(ASKED, cursor=ahead.search(ASKED).next_cursor))
    assert (page.generation, len(page.hits)) == (published, 1)
    assert searcher.generations.newest().name == published, "nobody goes back behind it"


@pytest.mark.usefixtures("clock")
def test_so_it_is_where_that_generation_could_not_be_opened_before(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path
) -> None:
    searcher.search(ASKED)
    corrected = replace(FERRY, title="Ferry, corrected")
    lost = damage(tmp_path, publish(engine, PIER, corrected))
    searcher.generations.refresh()
    mend(lost)
    ahead = searcher_over(engine)
    cursor = list_articles(ahead.generations, Listing(NO_FILTERS, 1)).next_cursor
    everything = Listing(NO_FILTERS, 10, cursor)
    listed = list_articles(searcher.generations, everything)
    assert listed == list_articles(ahead.generations, everything)
    assert searcher.generations.behind, "it is tried again in its time"
    cursor = ahead.search(ASKED).next_cursor
    page = searcher.search(replace(ASKED, cursor=cursor))
    assert page == ahead.search(replace(ASKED, cursor=cursor))
