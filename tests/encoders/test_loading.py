"""From the name of a model, or from an index, to an encoder."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import constants

from indexer.encoders import canary_vectors, check_canaries, load_encoder, open_encoder
from indexer.encoders.card import CARD, WEIGHTS, ExportCard
from indexer.encoders.exports import find_export_named, publish_export
from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.resolve import read_files
from indexer.encoders.transformer import UNLIMITED, TransformerEncoder
from indexer.errors import IndexMismatch, MissingExtra, ModelUnavailable
from indexer.settings import DEFAULT_MODEL
from tests.encoders import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def cache(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the export of the tiny model."""
    cache = tmp_path_factory.mktemp("tiny-cache")
    load_encoder(str(model), cache)
    return cache


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("torch", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, package, None)


def _python(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_an_exported_model_is_used_without_ever_importing_torch(
    encoder: OnnxEncoder, model_cache: Path
) -> None:
    code = """
        import sys
        from pathlib import Path
        from indexer.encoders import canary_vectors, load_encoder, open_encoder
        from indexer.encoders.cache import CachedEncoder
        name, fingerprint, cache = sys.argv[1], sys.argv[2], Path(sys.argv[3])
        indexing = CachedEncoder(load_encoder(name, cache), cache / "vectors.sqlite")
        indexing.encode_passages(["A passage.", "Another one."])
        canary_vectors(indexing)
        open_encoder(name, fingerprint, (), cache).encode_queries(["a query"])
        print({"torch", "transformers", "sentence_transformers"} & set(sys.modules))
    """
    assert _python(code, DEFAULT_MODEL, encoder.fingerprint, model_cache).strip() == "set()"


def test_two_processes_may_export_the_same_model_at_once(model: Path, tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from indexer.encoders import load_encoder
        print(type(load_encoder(sys.argv[1], Path(sys.argv[2]))).__name__)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(model), str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == ["OnnxEncoder"] * 2
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == [
        read_files(model).fingerprint
    ]


def test_an_export_that_another_process_finished_first_is_used(model: Path, tmp_path: Path) -> None:
    class Overtaken(TransformerEncoder):
        def export(self, directory: Path) -> None:
            publish_export(rival, tmp_path)
            super().export(directory)

    rival = TransformerEncoder(model, "rival", "f00d")
    published = publish_export(Overtaken(model, "overtaken", "f00d"), tmp_path)
    card = ExportCard.read(published)
    assert card is not None
    assert card.name == "rival"
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == ["f00d"]


def test_a_cache_that_cannot_be_written_to_is_named(model: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a directory")
    with pytest.raises(ModelUnavailable, match="set DATELINE_CACHE to another directory"):
        load_encoder(str(model), tmp_path / "cache")


def test_a_damaged_export_is_made_again(model: Path, cache: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(cache, tmp_path / "cache")
    export = damaged / "models" / read_files(model).fingerprint
    (export / WEIGHTS).write_bytes(b"cut short")
    encoder = load_encoder(str(model), damaged)
    assert isinstance(encoder, OnnxEncoder)
    assert ExportCard.read(export) is not None


def test_an_export_of_another_version_is_made_again(
    model: Path, cache: Path, tmp_path: Path
) -> None:
    older = shutil.copytree(cache, tmp_path / "cache")
    card = older / "models" / read_files(model).fingerprint / CARD
    card.write_text(card.read_text().replace('"version": 3', '"version": 2'))
    load_encoder(str(model), older)
    assert '"version": 3' in card.read_text()


def test_an_unfaithful_export_gives_way_to_the_original(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Pooling that leaves the prompt out depends on the prompt's length, which no graph knows.
    model = tiny.bert(tmp_path, prompts={"document": "text: "}, pool_prompt=False)
    encoder = load_encoder(str(model), tmp_path / "cache")
    assert isinstance(encoder, TransformerEncoder)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "agrees with it only to a cosine of 0.9" in caplog.text
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_a_model_that_cannot_be_exported_is_used_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load_encoder(str(tiny.static(tmp_path)), tmp_path / "cache", threads=1)
    assert isinstance(encoder, TransformerEncoder)
    assert "could not be exported (ValueError: it takes input_ids, offsets" in caplog.text
    assert encoder.max_tokens == UNLIMITED
    assert encoder.count_tokens(["rain", "rain, snow"]) == [4, 9]
    assert encoder.encode_passages([]).shape == (0, 16)
    np.testing.assert_allclose(np.linalg.norm(encoder.encode_queries(["rain"])), 1, atol=1e-6)


def test_the_original_counts_tokens_as_its_export_does(model: Path, cache: Path) -> None:
    texts = ["", "rain", "ferry \ud83d late", "word " * 100]
    original = TransformerEncoder(model, "tiny", "0")
    assert original.count_tokens(texts) == load_encoder(str(model), cache).count_tokens(texts)


def test_a_model_sentence_transformers_cannot_load_is_unavailable(
    model: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(model, tmp_path / "broken")
    (broken / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="cannot be loaded by sentence-transformers"):
        load_encoder(str(broken), tmp_path / "cache")


def pointer_of_git_lfs(model: Path) -> None:
    (model / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")


def weights_cut_short(model: Path) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def no_weights(model: Path) -> None:
    (model / "model.safetensors").write_bytes(b"")


def no_pooling(model: Path) -> None:
    (model / "1_Pooling" / "config.json").unlink()


@pytest.mark.parametrize("spoil", [pointer_of_git_lfs, weights_cut_short, no_weights, no_pooling])
def test_a_model_that_was_not_downloaded_whole_is_to_be_downloaded_again(
    model: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    partial = shutil.copytree(model, tmp_path / "partial")
    spoil(partial)
    with pytest.raises(ModelUnavailable, match="download it again"):
        load_encoder(str(partial), tmp_path / "cache")


@pytest.mark.usefixtures("no_torch")
def test_without_torch_a_new_model_asks_for_the_extra(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'dateline\[models\]'"):
        load_encoder(str(model), tmp_path)


@pytest.mark.usefixtures("no_torch")
def test_without_torch_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(MissingExtra):
        load_encoder("acme/never-heard-of", tmp_path)


def test_a_model_from_the_hub_is_exported_too(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(model))
    encoder = load_encoder("acme/tiny", tmp_path / "cache")
    assert isinstance(encoder, OnnxEncoder)
    assert encoder.name == "acme/tiny"


@pytest.mark.usefixtures("no_torch")
def test_an_export_alone_is_enough_and_the_newest_of_a_name_is_taken(
    model: Path, cache: Path, tmp_path: Path
) -> None:
    for age, name in [(1, "acme/tiny"), (3, "acme/tiny"), (2, "acme/tiny"), (4, "acme/other")]:
        export = tmp_path / "models" / str(age)
        shutil.copytree(cache / "models" / read_files(model).fingerprint, export)
        card = export / CARD
        card.write_text(json.dumps(json.loads(card.read_text()) | {"name": name}))
        os.utime(card, (age, age))
    card.write_text(card.read_text().replace("fingerprint", "mislabelled"))
    encoder = load_encoder("acme/tiny", tmp_path)
    assert encoder.name == "acme/tiny"
    assert find_export_named(tmp_path, "acme/tiny") == tmp_path / "models" / "3"


def test_an_index_finds_its_export_by_fingerprint_alone(model: Path, cache: Path) -> None:
    fingerprint = read_files(model).fingerprint
    encoder = open_encoder("a/name/that/leads/nowhere", fingerprint, (), cache)
    assert (encoder.name, encoder.fingerprint) == ("a/name/that/leads/nowhere", fingerprint)


def test_an_index_whose_export_is_gone_has_it_made_again(model: Path, tmp_path: Path) -> None:
    fingerprint = read_files(model).fingerprint
    encoder = open_encoder(str(model), fingerprint, (), tmp_path)
    assert isinstance(encoder, OnnxEncoder)
    assert encoder.fingerprint == fingerprint


def test_a_model_that_was_merely_saved_anew_is_accepted(model: Path, cache: Path) -> None:
    canaries = canary_vectors(load_encoder(str(model), cache))
    encoder = open_encoder(str(model), "another fingerprint", canaries, cache)
    assert encoder.name == str(model)


def test_another_model_under_the_same_name_is_refused(
    model: Path, cache: Path, encoder: OnnxEncoder, tmp_path: Path
) -> None:
    other = load_encoder(str(tiny.bert(tmp_path, seed=1)), tmp_path / "cache")
    for foreign in (other, encoder):
        with pytest.raises(IndexMismatch, match="set DATELINE_MODEL to that model, or index"):
            open_encoder(str(model), foreign.fingerprint, canary_vectors(foreign), cache)


def test_an_index_without_canaries_takes_no_other_model(model: Path, cache: Path) -> None:
    with pytest.raises(IndexMismatch):
        open_encoder(str(model), "another fingerprint", (), cache)


def test_canaries_survive_their_rounding(encoder: OnnxEncoder) -> None:
    canaries = canary_vectors(encoder)
    assert [len(vector) for vector in canaries] == [384] * 5
    check_canaries(encoder, encoder.fingerprint, canaries)
