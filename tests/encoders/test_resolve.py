"""Where a model is looked for, and what its fingerprint covers."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from indexer.encoders.resolve import PACKAGE, download, find_local, read_files
from indexer.errors import ModelUnavailable
from indexer.settings import DEFAULT_MODEL
from tests.encoders import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny"), prompts={"query": "find: "})


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def _in_hub(hub_cache: Path, name: str) -> Path:
    repository = hub_cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("c0ffee")
    return repository / "snapshots" / "c0ffee"


def test_a_directory_is_taken_as_it_is(model: Path) -> None:
    assert find_local(str(model)) == read_files(model)


@pytest.mark.usefixtures("hub_cache")
def test_the_default_model_comes_with_its_package() -> None:
    files = find_local(DEFAULT_MODEL)
    assert files is not None
    assert files.directory.parts[-2:] == (PACKAGE, "model")


def test_a_package_with_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = tmp_path / PACKAGE
    (forged / "model").mkdir(parents=True)
    (forged / "__init__.py").touch()
    (forged / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    with pytest.raises(ModelUnavailable, match="SHA-256 differs from 53aa5117"):
        find_local(DEFAULT_MODEL)


def test_without_the_package_the_default_model_comes_from_the_hub_cache(
    model: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.encoders.resolve.PACKAGE", "not_installed_here")
    assert find_local(DEFAULT_MODEL) is None
    snapshot = shutil.copytree(model, _in_hub(hub_cache, DEFAULT_MODEL))
    files = find_local(DEFAULT_MODEL)
    assert files is not None
    assert files.directory == snapshot


def test_a_hub_model_without_weights_counts_as_absent(model: Path, hub_cache: Path) -> None:
    snapshot = _in_hub(hub_cache, "acme/tiny")
    shutil.copytree(model, snapshot, ignore=shutil.ignore_patterns("*.safetensors"))
    assert find_local("acme/tiny") is None


@pytest.mark.usefixtures("hub_cache")
def test_a_name_no_hub_could_hold_is_not_found_locally() -> None:
    assert find_local("no/such/directory") is None


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize("name", ["acme/not-cached", "no/such/directory"])
def test_what_the_hub_does_not_give_is_unavailable(name: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"{name} is neither a directory"):
        download(name)


@pytest.mark.parametrize("suffix", [".safetensors", ".bin"])
def test_a_download_prefers_safetensors_and_takes_pickled_weights_else(
    suffix: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = shutil.copytree(model, tmp_path / "remote")
    (remote / "model.safetensors").rename(remote / f"model{suffix}")

    def fetch(name: str, ignore_patterns: list[str]) -> str:
        ignore = shutil.ignore_patterns(*ignore_patterns)
        target = tmp_path / "hub" / name
        return str(shutil.copytree(remote, target, ignore=ignore, dirs_exist_ok=True))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert download("acme/tiny").fingerprint == read_files(remote).fingerprint


def test_a_fingerprint_does_not_depend_on_where_the_model_lies(model: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(model, tmp_path / "elsewhere")
    (moved / "README.md").write_text("Another description.")
    assert read_files(moved).fingerprint == read_files(model).fingerprint


@pytest.mark.parametrize(
    "file",
    [
        "model.safetensors",
        "tokenizer.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
    ],
)
def test_a_fingerprint_covers_all_that_decides_a_vector(
    file: str, model: Path, tmp_path: Path
) -> None:
    changed = shutil.copytree(model, tmp_path / "changed")
    (changed / file).write_bytes((changed / file).read_bytes() + b" ")
    assert read_files(changed).fingerprint != read_files(model).fingerprint


def test_a_model_without_a_fast_tokenizer_is_fingerprinted_by_its_vocabulary(
    model: Path, tmp_path: Path
) -> None:
    older = shutil.copytree(model, tmp_path / "older")
    (older / "tokenizer.json").unlink()
    (older / "vocab.txt").write_text("[PAD]\nrain\n")
    before = read_files(older).fingerprint
    (older / "vocab.txt").write_text("[PAD]\nsnow\n")
    assert read_files(older).fingerprint != before


def test_a_bare_transformers_model_needs_no_modules_file(model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(model, tmp_path / "bare")
    (bare / "modules.json").unlink()
    assert read_files(bare).fingerprint != read_files(model).fingerprint


def test_a_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is missing"):
        find_local(str(tmp_path))


def test_a_model_with_an_unreadable_list_of_modules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("{")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        find_local(str(tmp_path))


def test_a_model_whose_weights_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").mkdir()
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors cannot be read"):
        read_files(tmp_path)
