"""An inbox, an index and who drains the one into the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.inbox import Inbox
from indexer.ingest import Ingest
from tests.waiting_room import ingest_into


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "index")


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    return LocalEngine(tmp_path / "index")


@pytest.fixture
def ingest(inbox: Inbox, engine: LocalEngine) -> Iterator[Ingest]:
    with closing(ingest_into(engine, inbox)) as worker:
        yield worker
