"""An application over a real local index, and clients of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import build
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from tests.http.newsroom import ARTICLES, METHOD, HashingEncoder, publish, searcher_over


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, encoder: HashingEncoder) -> Flask:
    directory = tmp_path_factory.mktemp("index")
    engine = LocalEngine(directory)
    publish(engine, *ARTICLES)
    return build(ApiSettings(index=directory), Searcher(engine, lambda _: encoder, METHOD))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def index(tmp_path: Path) -> LocalEngine:
    """An index that a test fills for itself."""
    return LocalEngine(tmp_path / "index")


@pytest.fixture
def waiting(index: LocalEngine, tmp_path: Path) -> FlaskClient:
    """A client of an application that was started before there was an index."""
    return build(ApiSettings(index=tmp_path / "index"), searcher_over(index)).test_client()
