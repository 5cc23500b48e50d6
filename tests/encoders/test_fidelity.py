"""The exported encoder says what the model it came from says."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from indexer.encoders import load_encoder
from indexer.encoders.canaries import least_cosine
from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.transformer import TransformerEncoder
from tests.encoders import tiny
from tests.encoders.texts import passages

PROMPTS = {"query": "find: ", "document": "text: "}
TEXTS = ["rain", "two ferries collide off the cape", "a dry summer, said the growers, " * 9]


def test_two_hundred_passages_agree_with_sentence_transformers(
    encoder: OnnxEncoder, reference: SentenceTransformer
) -> None:
    texts = passages(200)
    expected = reference.encode_document(texts, normalize_embeddings=True)
    assert least_cosine(encoder.encode_passages(texts), expected) >= 0.9999


def test_queries_agree_with_sentence_transformers(
    encoder: OnnxEncoder, reference: SentenceTransformer
) -> None:
    texts = passages(20, seed=1, longest=12)
    expected = reference.encode_query(texts, normalize_embeddings=True)
    one_by_one = np.vstack([encoder.encode_queries([text]) for text in texts])
    assert least_cosine(one_by_one, expected) >= 0.9999
    assert least_cosine(encoder.encode_queries(texts), expected) >= 0.9999


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("prompts", [None, PROMPTS])
@pytest.mark.parametrize("token_types", [True, False])
def test_any_pooling_prompt_and_input_survives_the_export(
    tmp_path: Path,
    pooling: Literal["mean", "cls"],
    prompts: dict[str, str] | None,
    token_types: bool,
) -> None:
    model = tiny.bert(tmp_path, pooling=pooling, prompts=prompts, token_types=token_types)
    exported = load_encoder(str(model), tmp_path / "cache")
    original = SentenceTransformer(str(model), device="cpu")
    assert isinstance(exported, OnnxEncoder)
    assert (exported.dimension, exported.max_tokens) == (32, tiny.MAX_TOKENS)
    as_passages = original.encode_document(TEXTS, normalize_embeddings=True)
    as_queries = original.encode_query(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(exported.encode_passages(TEXTS), as_passages, atol=1e-5)
    np.testing.assert_allclose(exported.encode_queries(TEXTS), as_queries, atol=1e-5)


def test_prompts_and_pooling_make_a_difference(tmp_path: Path) -> None:
    plain = _encoder(tiny.bert(tmp_path / "plain"))
    prompted = _encoder(tiny.bert(tmp_path / "prompted", prompts=PROMPTS))
    first_token = _encoder(tiny.bert(tmp_path / "cls", pooling="cls"))
    vectors = [
        plain.encode_passages(TEXTS),
        prompted.encode_passages(TEXTS),
        prompted.encode_queries(TEXTS),
        first_token.encode_passages(TEXTS),
    ]
    for number, vector in enumerate(vectors):
        for other in vectors[number + 1 :]:
            assert least_cosine(vector, other) < 0.99


def test_a_prompt_called_passage_is_honoured(tmp_path: Path) -> None:
    document = _encoder(tiny.bert(tmp_path / "document", prompts={"document": "text: "}))
    passage = _encoder(tiny.bert(tmp_path / "passage", prompts={"passage": "text: "}))
    expected = document.encode_passages(TEXTS)
    np.testing.assert_allclose(passage.encode_passages(TEXTS), expected, atol=1e-6)


def _encoder(model: Path) -> TransformerEncoder:
    return TransformerEncoder(model, "tiny", "0")
