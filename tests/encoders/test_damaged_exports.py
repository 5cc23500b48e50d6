"""An export that is not what was written: said plainly, and never encoded with."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders import canary_vectors, check_canaries, load_encoder, open_encoder
from indexer.encoders.cache import CachedEncoder
from indexer.encoders.card import (
    CARD,
    GRAPH,
    QUERY_GRAPH,
    QUERY_WEIGHTS,
    TOKENIZER,
    WEIGHTS,
    ExportCard,
)
from indexer.encoders.cross_exports import load_cross_encoder
from indexer.encoders.resolve import read_files
from indexer.errors import DatelineError, ModelUnavailable, ResourcesExhausted
from indexer.settings import Precision
from indexer.vectors import Vectors
from tests.descriptors import descriptors_left
from tests.encoders import tiny
from tests.http.newsroom import HashingEncoder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def sound(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the export of the tiny model."""
    cache = tmp_path_factory.mktemp("tiny-cache")
    load_encoder(str(model), cache)
    return cache


@pytest.fixture
def cache(sound: Path, tmp_path: Path) -> Path:
    """Such a cache, to be damaged."""
    return shutil.copytree(sound, tmp_path / "cache")


def damage(file: Path) -> None:
    """Let the second half of a file be zeros, as a loss of power may leave it."""
    contents = file.read_bytes()
    kept = len(contents) // 2
    file.write_bytes(contents[:kept] + bytes(len(contents) - kept))


def export_of(model: Path, cache: Path) -> Path:
    return cache / "models" / read_files(model).fingerprint


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        (GRAPH, "float32"),
        (WEIGHTS, "float32"),
        (TOKENIZER, "float32"),
        (TOKENIZER, "int8"),
        (QUERY_GRAPH, "int8"),
        (QUERY_WEIGHTS, "int8"),
    ],
)
def test_a_damaged_file_of_the_right_size_is_told(
    model: Path, cache: Path, name: str, precision: Precision
) -> None:
    fingerprint = read_files(model).fingerprint
    damage(export_of(model, cache) / name)
    with pytest.raises(ModelUnavailable, match=f"{name} is not what was written.: delete that"):
        load_encoder(str(model), cache, precision=precision)
    with pytest.raises(ModelUnavailable, match=f"{name} is not what was written.: delete that"):
        open_encoder(str(model), fingerprint, (), cache, precision=precision)


def test_weights_that_are_opened_only_for_passages_are_looked_at_then(
    model: Path, cache: Path
) -> None:
    damage(export_of(model, cache) / WEIGHTS)
    encoder = load_encoder(str(model), cache, precision="int8")
    encoder.encode_queries(["rain"])
    with pytest.raises(ModelUnavailable, match="is damaged"):
        encoder.encode_passages(["rain"])


def test_without_descriptors_left_a_sound_export_is_not_called_damaged(
    model: Path, sound: Path
) -> None:
    export = export_of(model, sound)
    card = ExportCard.read(export)
    assert card
    with descriptors_left(0), pytest.raises(ResourcesExhausted):
        card.compare(export, WEIGHTS)


def test_a_damaged_reranker_is_told(tmp_path: Path) -> None:
    model = tiny.cross_bert(tmp_path)
    load_cross_encoder(str(model), tmp_path / "cache")
    damage(export_of(model, tmp_path / "cache" / "rerankers") / WEIGHTS)
    with pytest.raises(ModelUnavailable, match="is damaged"):
        load_cross_encoder(str(model), tmp_path / "cache")


def test_an_export_of_an_older_dateline_goes_on_as_it_is(
    model: Path, sound: Path, cache: Path
) -> None:
    card = export_of(model, cache) / CARD
    listed = json.loads(card.read_text())
    del listed["digests"]
    card.write_text(json.dumps(listed))
    older = load_encoder(str(model), cache).encode_queries(["rain"])
    np.testing.assert_array_equal(older, load_encoder(str(model), sound).encode_queries(["rain"]))
    assert "digests" not in json.loads(card.read_text())


def test_without_digests_the_canaries_tell(model: Path, sound: Path, cache: Path) -> None:
    fingerprint = read_files(model).fingerprint
    canaries = canary_vectors(load_encoder(str(model), sound))
    export = export_of(model, cache)
    listed = json.loads((export / CARD).read_text())
    (export / CARD).write_text(json.dumps({**listed, "digests": {}}))
    damage(export / WEIGHTS)
    encoder = open_encoder(str(model), fingerprint, canaries, cache)
    with pytest.raises(ModelUnavailable, match=f"delete models/{fingerprint} in"):
        check_canaries(encoder, fingerprint, canaries)


def test_an_export_is_on_the_disk_before_it_has_its_name(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[Path] = []
    fsync = os.fsync

    def recording(descriptor: int) -> None:
        forced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recording)
    load_encoder(str(model), tmp_path)
    export = export_of(model, tmp_path)
    staged = {path.name for path in forced if not path.is_relative_to(export)}
    assert staged >= {export.name, *(file.name for file in export.iterdir())}
    assert forced[-1] == export.parent


class Lost(HashingEncoder):
    """A model whose weights are gone."""

    def _vector(self, text: str) -> Vectors:
        return np.full(self.dimension, np.nan if "snow" in text else 0, np.float32)


@pytest.mark.parametrize("text", ["rain", "snow"])
def test_vectors_that_are_none_are_told_and_not_remembered(tmp_path: Path, text: str) -> None:
    with closing(CachedEncoder(HashingEncoder(), tmp_path / "vectors.sqlite")) as cached:
        before = cached.encode_passages(["ferry"])
    with closing(CachedEncoder(Lost(), tmp_path / "vectors.sqlite")) as lost:
        with pytest.raises(DatelineError, match="a vector that is not of length one"):
            lost.encode_passages([text])
        with pytest.raises(DatelineError, match="a vector that is not of length one"):
            lost.encode_with_sentences([text], [[]])
        # What was known is as it was.
        np.testing.assert_array_equal(lost.encode_passages(["ferry"]), before)
        assert (lost.hits, lost.misses) == (1, 0)
