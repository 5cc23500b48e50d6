"""The default model, exported once for the whole test session, and the model it came from."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from indexer.encoders import load_encoder
from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.resolve import find_local
from indexer.settings import DEFAULT_MODEL


@pytest.fixture(scope="session")
def encoder(model_cache: Path) -> OnnxEncoder:
    encoder = load_encoder(DEFAULT_MODEL, model_cache)
    assert isinstance(encoder, OnnxEncoder)
    return encoder


@pytest.fixture(scope="session")
def reference() -> SentenceTransformer:
    files = find_local(DEFAULT_MODEL)
    assert files is not None
    return SentenceTransformer(str(files.directory), device="cpu")
