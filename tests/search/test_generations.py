"""Which generation answers: the newest that can be opened, while others go on being served."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from api.search.generations import RETRY_SECONDS
from api.search.searcher import Searcher
from indexer.encoders.base import Encoder
from indexer.engines.local import LocalEngine
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import ModelCard
from indexer.errors import IndexDamaged
from tests.search.harbour import METHOD, WordEncoder, publish, searcher_over
from tests.search.vessels import ASKED, FERRY, PIER, damage, mend


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
