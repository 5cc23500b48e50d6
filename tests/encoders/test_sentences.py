"""Sentence vectors: pooled out of the pass that encodes the passage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from indexer.documents import Span
from indexer.encoders import load_encoder
from indexer.encoders.onnx import WINDOW, OnnxEncoder
from indexer.encoders.pooling import pool
from indexer.encoders.transformer import TransformerEncoder
from indexer.vectors import Vectors
from tests.encoders import tiny
from tests.encoders.texts import passages

TOKENS = np.array([[9, 9], [3, 0], [0, 4], [0, -2], [9, 9]], np.float32)
OFFSETS = [(0, 0), (0, 2), (2, 4), (4, 7), (0, 0)]
# Characters of one, two and four bytes, a combining mark, and one that is a token alone.
HARD = "🚢 e\u0301té. 𐍈𐍉 港の拡張。 fin"
HARD_SENTENCES = [Span(0, 7), Span(8, 16), Span(17, 20)]


def test_a_sentence_is_the_mean_of_its_tokens_at_length_one() -> None:
    # Without special tokens: (3, 4) / 5, and (0, -2) / 2.
    found = pool(TOKENS, OFFSETS, [Span(0, 4), Span(4, 7)])
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, -1.0]])
    assert found.dtype == np.float32


def test_a_token_belongs_where_it_ends() -> None:
    # The third token begins with the space before its sentence; half a token belongs nowhere.
    np.testing.assert_allclose(pool(TOKENS, OFFSETS, [Span(5, 7), Span(0, 1)]), [[0, -1], [0, 0]])


def test_a_span_without_tokens_gets_the_zero_vector() -> None:
    np.testing.assert_array_equal(pool(TOKENS, OFFSETS, [Span(7, 9)]), [[0, 0]])
    assert pool(TOKENS, OFFSETS, []).shape == (0, 2)


def test_spans_count_from_behind_the_prompt() -> None:
    np.testing.assert_allclose(pool(TOKENS, OFFSETS, [Span(0, 3)], origin=4), [[0, -1]])


def _by_hand(reference: SentenceTransformer, text: str, spans: list[Span]) -> Vectors:
    """Sentence vectors token by token, with offsets of transformers and states of torch."""
    offsets = reference.tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    states = np.asarray(reference.encode(text, output_value="token_embeddings"))
    rows = []
    for span in spans:
        own = [
            state
            for (start, end), state in zip(offsets, states, strict=True)
            if span.start <= start < end <= span.end
        ]
        mean = np.mean(own, axis=0)
        rows.append(mean / np.linalg.norm(mean))
    return np.array(rows)


@pytest.mark.parametrize("text", [HARD, f"Ports\n{HARD}"])
def test_sentences_agree_with_the_original_in_every_script(
    encoder: OnnxEncoder, reference: SentenceTransformer, text: str
) -> None:
    shift = len(text) - len(HARD)
    spans = [Span(span.start + shift, span.end + shift) for span in HARD_SENTENCES]
    # In a batch with longer texts, so that it is padded.
    _, pooled = encoder.encode_with_sentences([*passages(2), text], [[], [], spans])
    np.testing.assert_allclose(pooled[2], _by_hand(reference, text, spans), atol=1e-5)


def test_passages_are_encoded_as_without_sentences(encoder: OnnxEncoder) -> None:
    texts = passages(8, seed=7)
    vectors, pooled = encoder.encode_with_sentences(texts, [[Span(0, 20)]] * 8)
    np.testing.assert_allclose(vectors, encoder.encode_passages(texts), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(np.vstack(pooled), axis=1), 1, atol=1e-6)


def test_what_the_model_did_not_read_is_unknown(encoder: OnnxEncoder) -> None:
    text = "rain " * 300
    _, [pooled] = encoder.encode_with_sentences([text], [[Span(0, 4), Span(1400, 1404)]])
    np.testing.assert_allclose(np.linalg.norm(pooled, axis=1), [1, 0], atol=1e-6)


def test_a_lone_surrogate_moves_no_sentence(encoder: OnnxEncoder) -> None:
    spans = [[Span(0, 7), Span(8, 12)]]
    broken = encoder.encode_with_sentences(["ferry \ud83d late"], spans)[1][0]
    mended = encoder.encode_with_sentences(["ferry ? late"], spans)[1][0]
    np.testing.assert_array_equal(broken, mended)


def test_more_texts_than_are_sorted_together_keep_their_sentences(tmp_path: Path) -> None:
    small = load_encoder(str(tiny.bert(tmp_path)), tmp_path / "cache")
    texts = [str(number) for number in range(WINDOW + 2)]
    spans = [[Span(0, len(text))] for text in texts]
    _, pooled = small.encode_with_sentences(texts, spans)
    for row in (0, WINDOW - 1, WINDOW, WINDOW + 1):
        _, [alone] = small.encode_with_sentences([texts[row]], [spans[row]])
        np.testing.assert_allclose(pooled[row], alone, atol=1e-5)


@pytest.mark.parametrize("prompts", [None, {"document": "text: "}])
def test_the_original_pools_as_its_export_does(
    tmp_path: Path, prompts: dict[str, str] | None
) -> None:
    model = tiny.bert(tmp_path, prompts=prompts)
    exported = load_encoder(str(model), tmp_path / "cache")
    original = TransformerEncoder(model, "tiny", "0")
    assert isinstance(exported, OnnxEncoder)
    texts = ["two ferries collide off the cape", "rain"]
    spans = [[Span(0, 11), Span(12, 32)], [Span(0, 4)]]
    vectors, pooled = exported.encode_with_sentences(texts, spans)
    expected, expected_pooled = original.encode_with_sentences(texts, spans)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_allclose(np.vstack(pooled), np.vstack(expected_pooled), atol=1e-5)


def test_a_model_that_projects_what_it_pooled_tells_nothing_of_sentences(tmp_path: Path) -> None:
    model = tiny.projected(tmp_path)
    exported = load_encoder(str(model), tmp_path / "cache")
    assert isinstance(exported, OnnxEncoder)
    for encoder in (exported, TransformerEncoder(model, "projected", "0")):
        vectors, [pooled] = encoder.encode_with_sentences(["rain"], [[Span(0, 4)]])
        np.testing.assert_allclose(vectors, exported.encode_passages(["rain"]), atol=1e-5)
        np.testing.assert_array_equal(pooled, np.zeros((1, 32)))
