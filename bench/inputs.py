"""What the benchmarks are given: collections to read, and the model of the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bench.texts import Texts, read_texts
from indexer.encoders import load_encoder
from indexer.encoders.onnx import OnnxEncoder
from indexer.settings import IndexerSettings, Precision

DIRECTORIES = click.argument(
    "directories",
    metavar="DIR...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)


def open_encoder(threads: int, precision: Precision = "float32") -> OnnxEncoder:
    """The encoder of the environment's model; ends the run when it has no graph."""
    settings = IndexerSettings.from_environment()
    encoder = load_encoder(settings.model, settings.cache_dir, threads, precision)
    if not isinstance(encoder, OnnxEncoder):
        sys.exit(f"{settings.model} runs on torch here: there is no bare graph to compare with.")
    return encoder


def open_inputs(directories: Sequence[Path]) -> tuple[Texts, OnnxEncoder]:
    """The texts of collections, and the encoder that uses all cores."""
    encoder = open_encoder(threads=0)
    return read_texts(directories, encoder, IndexerSettings.from_environment().cache_dir), encoder
