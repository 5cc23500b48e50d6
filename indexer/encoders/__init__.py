"""Encoders: from the name of a model to vectors."""

from __future__ import annotations

import logging
from pathlib import Path

from indexer.encoders.base import Encoder
from indexer.encoders.canaries import Canaries, canary_vectors, check_canaries
from indexer.encoders.exports import (
    ExportRefused,
    find_export,
    find_export_named,
    publish_export,
)
from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.resolve import ModelFiles, download, find_local
from indexer.encoders.transformer import TransformerEncoder, require_models_extra

__all__ = ["canary_vectors", "check_canaries", "load_encoder", "open_encoder"]

log = logging.getLogger(__name__)


def load_encoder(model: str, cache_dir: Path, threads: int = 0) -> Encoder:
    """The encoder of a model given by directory or hub id, exported at first use.

    Raises ModelUnavailable, or MissingExtra when it has to be exported and torch is missing.
    """
    files = find_local(model)
    if files is None and (export := find_export_named(cache_dir, model)):
        return OnnxEncoder(export, model, threads)
    if files is None:
        require_models_extra()
        files = download(model)
    return _exported(files, model, cache_dir, threads)


def open_encoder(
    name: str, fingerprint: str, canaries: Canaries, cache_dir: Path, threads: int = 1
) -> Encoder:
    """The encoder an index was made with, without looking at weights when it was exported here.

    Otherwise the model of that name is loaded. Raises IndexMismatch when that is another model,
    and whatever `load_encoder` raises.
    """
    export = find_export(cache_dir, fingerprint)
    if export:
        return OnnxEncoder(export, name, threads)
    encoder = load_encoder(name, cache_dir, threads)
    if encoder.fingerprint != fingerprint:
        check_canaries(encoder, canaries)
    return encoder


def _exported(files: ModelFiles, model: str, cache_dir: Path, threads: int) -> Encoder:
    export = find_export(cache_dir, files.fingerprint)
    if export:
        return OnnxEncoder(export, model, threads)
    original = TransformerEncoder(files.directory, model, files.fingerprint, threads)
    try:
        return OnnxEncoder(publish_export(original, cache_dir), model, threads)
    except ExportRefused as refusal:
        log.warning("The model %s is used as it is, on torch: %s.", model, refusal)
        return original
