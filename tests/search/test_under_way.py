"""Where a query is encoded: beside other work in a large index, unless others want the cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, current_thread

import pytest

from api.search import generations
from api.search.query import Query
from api.search.searcher import Searcher
from api.search.under_way import UnderWay
from indexer.documents import Article
from indexer.engines.local import LocalEngine
from indexer.vectors import Vectors
from tests.search.harbour import METHOD, WordEncoder, publish

BESIDE = "dateline-encoder"


class Noting(WordEncoder):
    """Notes the threads that encode a query, and lets none go before `together` are at it."""

    def __init__(self, together: int) -> None:
        self.threads: list[str] = []
        self._together = Barrier(together)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.threads.append(current_thread().name)
        self._together.wait(30)
        return self.encode_passages(texts)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    monkeypatch.setattr(generations, "BESIDE", 1)
    engine = LocalEngine(tmp_path)
    publish(engine, Article("ferry", "Ferry", "The boat was late.", language="en"))
    return engine


def test_a_search_that_is_alone_has_its_query_encoded_beside(engine: LocalEngine) -> None:
    encoder = Noting(together=1)
    searcher = Searcher(engine, lambda _: encoder, METHOD)
    for text in ("boat", "rain"):
        searcher.search(Query(text))
    assert [name.startswith(BESIDE) for name in encoder.threads] == [True, True]


def test_a_search_among_others_encodes_its_query_itself(engine: LocalEngine) -> None:
    encoder = Noting(together=2)
    searcher = Searcher(engine, lambda _: encoder, METHOD)
    with ThreadPoolExecutor(2, "searching") as pool:
        list(pool.map(searcher.search, [Query("boat"), Query("rain")]))
    assert sorted(name.partition("_")[0] for name in encoder.threads) == [BESIDE, "searching"]


def test_what_fails_is_no_longer_under_way() -> None:
    under_way = UnderWay()
    with pytest.raises(ZeroDivisionError), under_way.one_more() as count:
        raise ZeroDivisionError(count)
    with under_way.one_more() as first, under_way.one_more() as second:
        assert (first, second) == (1, 2)
