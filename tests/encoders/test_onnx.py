"""The exported encoder by itself: order, counting, batches."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.encoders.card import CARD, WEIGHTS, ExportCard
from indexer.encoders.exports import find_export
from indexer.encoders.onnx import WINDOW, OnnxEncoder, plan
from indexer.errors import ModelUnavailable
from tests.encoders.texts import passages


@given(st.lists(st.integers(0, 300)), st.integers(1, 600))
def test_a_plan_covers_every_text_once_longest_first(lengths: list[int], budget: int) -> None:
    rows = [int(row) for batch in plan(lengths, budget) for row in batch]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[row] for row in rows] == sorted(lengths, reverse=True)


@given(st.lists(st.integers(0, 300)), st.integers(1, 600))
def test_no_batch_is_larger_than_the_budget(lengths: list[int], budget: int) -> None:
    for batch in plan(lengths, budget):
        longest = max(lengths[row] for row in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


def test_vectors_come_back_in_the_order_of_the_texts(encoder: OnnxEncoder) -> None:
    texts = passages(30, seed=2)
    together = encoder.encode_passages(texts)
    alone = np.vstack([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_more_texts_than_are_sorted_together_keep_their_order(encoder: OnnxEncoder) -> None:
    texts = [str(number) for number in range(WINDOW + 3)]
    vectors = encoder.encode_passages(texts)
    for row in (0, WINDOW - 1, WINDOW, WINDOW + 2):
        np.testing.assert_allclose(
            vectors[row], encoder.encode_passages([texts[row]])[0], atol=1e-5
        )


def test_vectors_are_float32_of_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_passages(["", "a", *passages(5, seed=3)])
    assert vectors.dtype == np.float32
    assert vectors.shape == (7, encoder.dimension) == (7, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_make_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)
    assert encoder.encode_queries([]).shape == (0, 384)
    assert encoder.count_tokens([]) == []


def test_counting_leaves_special_tokens_out_and_cuts_nothing_off(encoder: OnnxEncoder) -> None:
    assert encoder.max_tokens == 256
    assert encoder.count_tokens(["", "rain", "rain " * 1000]) == [0, 1, 1000]


def test_a_lone_surrogate_is_read_as_a_question_mark(encoder: OnnxEncoder) -> None:
    broken, mended = "ferry \ud83d late", "ferry ? late"
    assert encoder.count_tokens([broken]) == encoder.count_tokens([mended])
    for encode in (encoder.encode_passages, encoder.encode_queries):
        np.testing.assert_array_equal(encode([broken]), encode([mended]))


def test_threads_share_one_encoder(encoder: OnnxEncoder) -> None:
    texts = passages(12, seed=4, longest=20)
    expected = [encoder.encode_queries([text]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.encode_queries([text]), texts))
    np.testing.assert_array_equal(found, expected)


@pytest.fixture
def copied(encoder: OnnxEncoder, model_cache: Path, tmp_path: Path) -> Path:
    export = find_export(model_cache, encoder.fingerprint)
    assert export is not None
    return shutil.copytree(export, tmp_path / "export")


def test_an_export_works_wherever_it_is_moved(encoder: OnnxEncoder, copied: Path) -> None:
    moved = OnnxEncoder(copied, "renamed", threads=1)
    assert (moved.name, moved.fingerprint) == ("renamed", encoder.fingerprint)
    np.testing.assert_allclose(
        moved.encode_queries(["rain"]), encoder.encode_queries(["rain"]), atol=1e-6
    )


def test_an_export_cut_short_is_refused_with_the_way_out(copied: Path) -> None:
    (copied / WEIGHTS).write_bytes(b"")
    with pytest.raises(ModelUnavailable, match="delete that directory"):
        OnnxEncoder(copied)


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_an_export_with_rubbish_in_it_is_refused(copied: Path, file: str) -> None:
    card = ExportCard.read(copied)
    assert card is not None
    (copied / file).write_bytes(b"rubbish")
    (copied / CARD).unlink()
    card.write(copied)
    with pytest.raises(ModelUnavailable, match="delete that directory"):
        OnnxEncoder(copied)
