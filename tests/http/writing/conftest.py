"""An application that takes articles, and who works them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import build
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from indexer.inbox import Inbox
from indexer.ingest_loop import follow
from tests.http.newsroom import searcher_over
from tests.waiting_room import ingest_into


@pytest.fixture
def settings(tmp_path: Path) -> ApiSettings:
    return ApiSettings(
        index=tmp_path / "index",
        write_keys=("first-key", "second-key"),
        max_article_bytes=2048,
        max_articles_bytes=200_000,
    )


@pytest.fixture
def app(settings: ApiSettings) -> Flask:
    return build(settings, searcher_over(LocalEngine(settings.index)))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def inbox(settings: ApiSettings) -> Inbox:
    return Inbox(settings.index)


@pytest.fixture
def draining(settings: ApiSettings, inbox: Inbox) -> Iterator[None]:
    """`dateline ingest`, but in a thread and with a model that hashes."""
    ended = Event()

    def run() -> None:
        with closing(ingest_into(LocalEngine(settings.index), inbox)) as ingest:
            follow(ingest, inbox, ended.wait, lambda: None)

    thread = Thread(target=run)
    thread.start()
    yield
    ended.set()
    thread.join()
