"""Encoders: from the name of a model to vectors."""

from __future__ import annotations

import logging
import os
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
from indexer.settings import Precision

__all__ = ["canary_vectors", "check_canaries", "load_encoder", "open_encoder"]

log = logging.getLogger(__name__)

# onnxruntime tells its makers of each model and machine, and keeps a file in the home directory for
# that. It looks here when it is imported, which nothing does before this.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def load_encoder(
    model: str, cache_dir: Path, threads: int = 0, precision: Precision = "float32"
) -> Encoder:
    """The encoder of a model given by directory or hub id, exported at first use.

    `precision` is that of queries. Raises ModelUnavailable, or MissingExtra when it has to be
    exported and torch is missing.
    """
    files = find_local(model)
    if files is None and (export := find_export_named(cache_dir, model)):
        return OnnxEncoder(export, model, threads, precision)
    if files is None:
        require_models_extra()
        files = download(model)
    return _exported(files, model, cache_dir, threads, precision)


def open_encoder(
    name: str,
    fingerprint: str,
    canaries: Canaries,
    cache_dir: Path,
    threads: int = 1,
    precision: Precision = "float32",
) -> Encoder:
    """The encoder an index was made with, without looking at weights when it was exported here.

    Otherwise the model of that name is loaded. `precision` is that of queries. Raises
    IndexMismatch when that is another model, and whatever `load_encoder` raises.
    """
    export = find_export(cache_dir, fingerprint)
    if export:
        return OnnxEncoder(export, name, threads, precision)
    encoder = load_encoder(name, cache_dir, threads)
    if encoder.fingerprint != fingerprint:
        check_canaries(encoder, fingerprint, canaries)
    # The canaries are in float32, so that other queries are opened only now.
    exported = isinstance(encoder, OnnxEncoder)
    return load_encoder(name, cache_dir, threads, precision) if exported else encoder


def _exported(
    files: ModelFiles, model: str, cache_dir: Path, threads: int, precision: Precision
) -> Encoder:
    export = find_export(cache_dir, files.fingerprint)
    if export:
        return OnnxEncoder(export, model, threads, precision)
    original = TransformerEncoder(files.directory, model, files.fingerprint, threads)
    try:
        return OnnxEncoder(publish_export(original, cache_dir), model, threads, precision)
    except ExportRefused as refusal:
        log.warning("The model %s is used as it is, on torch: %s.", model, refusal)
        return original
