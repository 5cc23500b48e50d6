"""Which generation answers: the newest that can be opened, or an older one a cursor leads into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from api.search import generations
from api.search.cursor import encode_cursor
from api.search.errors import StaleCursor
from api.search.generations import RETRY_SECONDS
from api.search.listing import Listing, list_articles
from api.search.page import listing_of
from api.search.query import FacetCount, Query, Total
from api.search.searcher import Searcher
from indexer.documents import Article
from indexer.encoders.base import Encoder
from indexer.engines.base import NO_FILTERS, Filters
from indexer.engines.local import LocalEngine
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import ModelCard
from indexer.errors import IndexDamaged
from tests.search.harbour import METHOD, WordEncoder, publish, searcher_over

HARBOUR = Article(
    "harbour", "Harbour", "A vessel left.\nA vessel came.", authors=("A. Quay",), language="en"
)
FERRY = Article("ferry", "Ferry", "The boat was late.", authors=("B. Moor",), language="en")
PIER = Article("pier", "Pier", "One more vessel.", language="en")
ASKED = Query("vessel", limit=1, include_weak=True)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, HARBOUR, FERRY)
    return engine


@pytest.fixture
def searcher(engine: LocalEngine) -> Searcher:
    return searcher_over(engine)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass by so many seconds."""
    now = [0.0]
    monkeypatch.setattr(generations, "monotonic", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def withdraw(engine: LocalEngine, article: Article) -> None:
    manifest = engine.snapshot().manifest
    with engine.draft(manifest.model, manifest.chunking) as draft:
        draft.remove(article.id)
        draft.publish()


def damage(directory: Path, generation: str) -> Path:
    manifest = directory / "generations" / generation / "manifest.json"
    return manifest.rename(manifest.with_name("lost"))


def mend(lost: Path) -> None:
    lost.rename(lost.with_name("manifest.json"))


def test_a_newer_generation_is_answered_from_once_it_is_gone_on_to(
    engine: LocalEngine, searcher: Searcher
) -> None:
    before = searcher.search(ASKED).generation
    published = publish(engine, PIER)
    assert searcher.search(ASKED).generation == before
    searcher.generations.refresh()
    ranking = searcher.search(replace(ASKED, limit=10))
    assert ranking.generation == published
    assert "pier" in {hit.article.id for hit in ranking.hits}


def test_nothing_is_opened_before_it_is_asked_for(engine: LocalEngine) -> None:
    opened: list[ModelCard] = []

    def open_encoder(model: ModelCard) -> Encoder:
        opened.append(model)
        return WordEncoder()

    searcher = Searcher(engine, open_encoder, METHOD)
    searcher.generations.refresh()
    assert not opened
    searcher.search(ASKED)
    publish(engine, PIER)
    searcher.generations.refresh()
    searcher.search(ASKED)
    assert len(opened) == 1, "the model of both generations is one"


class Slow(LocalEngine):
    """An engine whose second opening takes as long as a test wants."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.begun, self.allowed = Event(), Event()
        self._openings = 0

    def snapshot(self, name: str | None = None) -> LocalSnapshot:
        self._openings += 1
        if self._openings > 1:
            self.begun.set()
            assert self.allowed.wait(30)
        return super().snapshot(name)


def test_queries_are_answered_while_the_next_generation_is_being_opened(
    engine: LocalEngine, tmp_path: Path
) -> None:
    slow = Slow(tmp_path)
    searcher = searcher_over(slow)
    before = searcher.search(ASKED).generation
    published = publish(engine, PIER)
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(searcher.generations.refresh)
        assert slow.begun.wait(30)
        assert searcher.search(ASKED).generation == before
        slow.allowed.set()
        opening.result()
    assert searcher.search(ASKED).generation == published


def test_a_generation_that_cannot_be_opened_leaves_the_one_before_serving_and_is_tried_again(
    engine: LocalEngine,
    searcher: Searcher,
    tmp_path: Path,
    clock: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = searcher.search(ASKED)
    broken = publish(engine, PIER)
    lost = damage(tmp_path, broken)
    searcher.generations.refresh()
    searcher.generations.refresh()
    assert searcher.search(ASKED) == before
    assert searcher.generations.behind
    assert isinstance(searcher.generations.behind.error, IndexDamaged)
    assert [record.getMessage() for record in caplog.records if broken in record.getMessage()] == [
        f"Generation {broken} cannot be served: {searcher.generations.behind.error}"
    ]
    mend(lost)
    clock(RETRY_SECONDS - 1)
    searcher.generations.refresh()
    assert searcher.generations.behind, "it is not tried again and again"
    clock(1)
    searcher.generations.refresh()
    assert searcher.generations.behind is None
    assert searcher.search(ASKED).generation == broken


@pytest.mark.usefixtures("clock")
def test_a_generation_newer_than_the_broken_one_is_not_waited_with(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path
) -> None:
    searcher.search(ASKED)
    lost = damage(tmp_path, publish(engine, PIER))
    searcher.generations.refresh()
    mend(lost)
    newest = publish(engine, FERRY)
    searcher.generations.refresh()
    assert searcher.search(ASKED).generation == newest


class Failing(LocalEngine):
    """An engine that fails, from the second opening on, in a way nobody foresaw."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._openings = 0

    def snapshot(self, name: str | None = None) -> LocalSnapshot:
        self._openings += 1
        if self._openings > 1:
            raise MemoryError("no room for 7 GB")
        return super().snapshot(name)


def test_what_nobody_foresaw_leaves_the_generation_at_hand_serving_too(
    engine: LocalEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    searcher = searcher_over(Failing(tmp_path))
    before = searcher.search(ASKED).generation
    publish(engine, PIER)
    searcher.generations.refresh()
    assert searcher.search(ASKED).generation == before
    assert searcher.generations.behind
    assert "Traceback" in caplog.text
    assert "no room for 7 GB" in caplog.text


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


def test_many_threads_open_an_index_once(engine: LocalEngine) -> None:
    opened: list[ModelCard] = []

    def open_encoder(model: ModelCard) -> Encoder:
        opened.append(model)
        return WordEncoder()

    searcher = Searcher(engine, open_encoder, METHOD)
    with ThreadPoolExecutor(8) as pool:
        rankings = list(pool.map(searcher.search, [ASKED] * 32))
    assert len(opened) == 1
    assert len(set(map(repr, rankings))) == 1


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
