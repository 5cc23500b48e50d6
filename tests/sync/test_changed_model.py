"""A model that encodes otherwise than it did is not let into an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.cache import CachedEncoder
from indexer.engines.manifest import ModelCard
from indexer.errors import IndexMismatch, ModelUnavailable
from indexer.vectors import Vectors
from tests.http.newsroom import HashingEncoder
from tests.sync.desk import BRIDGE, FERRY, Desk, opened


class Damaged(HashingEncoder):
    """The very same model by its fingerprint, and other vectors."""

    def _vector(self, text: str) -> Vectors:
        return super()._vector(text)[::-1].copy()


class Foreign(Damaged):
    """Another model."""

    name, fingerprint = "foreign", "f" * 64


class SavedAnew(HashingEncoder):
    """The same model in other files, with what rounding does to its vectors."""

    name, fingerprint = "saved anew", "a" * 64

    def _vector(self, text: str) -> Vectors:
        vector = super()._vector(text) + np.float32(1e-4)
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose index has one article."""
    with closing(CachedEncoder(HashingEncoder(), tmp_path / "vectors.sqlite")) as cached:
        desk = opened(tmp_path, cached)
        desk.write(FERRY)
        desk.sync()
        desk.write(FERRY, BRIDGE)
        yield desk


@contextmanager
def with_model(desk: Desk, encoder: HashingEncoder) -> Iterator[Desk]:
    """The same desk with another encoder, and the same cache."""
    with closing(CachedEncoder(encoder, desk.folder.parent / "vectors.sqlite")) as cached:
        yield Desk(desk.folder, desk.engine, cached)


def card(desk: Desk) -> ModelCard:
    with closing(desk.engine.snapshot()) as snapshot:
        return snapshot.manifest.model


def test_a_damaged_model_writes_nothing_into_a_good_index(desk: Desk) -> None:
    before = desk.engine.current()
    with (
        with_model(desk, Damaged()) as damaged,
        pytest.raises(ModelUnavailable, match="its export is damaged: delete models/ccc"),
    ):
        damaged.sync()
    assert desk.engine.current() == before
    assert damaged.encoder.misses == 0


def test_another_model_writes_nothing_either(desk: Desk) -> None:
    with (
        with_model(desk, Foreign()) as foreign,
        pytest.raises(IndexMismatch, match="foreign is not the one the index was made with"),
    ):
        foreign.sync()
    assert desk.indexed().keys() == {"ferry"}


def test_a_model_that_was_merely_saved_anew_goes_on(desk: Desk) -> None:
    before = card(desk)
    with with_model(desk, SavedAnew()) as other:
        other.sync()
    assert desk.indexed().keys() == {"ferry", "bridge"}
    # What is compared the next time is what the index began with.
    assert card(desk).canaries == before.canaries
    assert card(desk).fingerprint == before.fingerprint
    assert card(desk).name == "saved anew"
