"""The sample articles on a server, for the clients of other systems to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.app import build
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import ARTICLES, publish, searcher_over
from tests.processes import Server, serving


@pytest.fixture(scope="package")
def served(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    """One server for all doors."""
    with serving(seeds_index, environment) as server:
        yield server


@pytest.fixture
def index(tmp_path: Path) -> LocalEngine:
    """A small index of a test's own."""
    engine = LocalEngine(tmp_path / "index")
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of an application over such an index, in this process."""
    engine = LocalEngine(tmp_path_factory.mktemp("newsroom"))
    publish(engine, *ARTICLES)
    return build(ApiSettings(), searcher_over(engine)).test_client()
