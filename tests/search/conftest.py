"""An index of two articles about vessels, a searcher over it, and a clock to turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.search import generations
from api.search.searcher import Searcher
from indexer.engines.local import LocalEngine
from tests.search.harbour import publish, searcher_over
from tests.search.vessels import FERRY, HARBOUR


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
