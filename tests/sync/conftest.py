"""Desks, all with one encoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from indexer.encoders import load_encoder
from indexer.encoders.cache import CachedEncoder
from indexer.settings import DEFAULT_MODEL
from tests.sync.desk import Desk, opened


@pytest.fixture(scope="module")
def encoder(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachedEncoder]:
    path = tmp_path_factory.mktemp("vectors") / "vectors.sqlite"
    with closing(CachedEncoder(load_encoder(DEFAULT_MODEL, model_cache), path)) as cached:
        yield cached


@pytest.fixture
def desk(tmp_path: Path, encoder: CachedEncoder) -> Desk:
    return opened(tmp_path, encoder)
