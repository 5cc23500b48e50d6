"""Queries in int8: near those in float32, and beside passages that stay what they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from indexer.encoders import canary_vectors, load_encoder, open_encoder, outliers, quantised
from indexer.encoders.canaries import CANARY_TEXTS
from indexer.encoders.card import OUTPUT, QUERY_GRAPH, QUERY_WEIGHTS
from indexer.encoders.exports import find_export_named
from indexer.encoders.onnx import OnnxEncoder, open_session
from indexer.settings import DEFAULT_MODEL
from tests.encoders import tiny
from tests.encoders.texts import passages

QUESTIONS = passages(40, seed=7, longest=20)


@pytest.fixture(scope="module")
def quick(model_cache: Path) -> OnnxEncoder:
    encoder = load_encoder(DEFAULT_MODEL, model_cache, precision="int8")
    assert isinstance(encoder, OnnxEncoder)
    return encoder


def test_queries_lie_near_those_in_float32(encoder: OnnxEncoder, quick: OnnxEncoder) -> None:
    exact, near = encoder.encode_queries(QUESTIONS), quick.encode_queries(QUESTIONS)
    cosines = np.einsum("ij,ij->i", exact, near)
    assert 0.98 < cosines.mean() < 0.9999
    np.testing.assert_allclose(np.linalg.norm(near, axis=1), 1, atol=1e-5)


def test_only_the_channels_that_reach_furthest_stay_in_float32(model_cache: Path) -> None:
    export = find_export_named(model_cache, DEFAULT_MODEL)
    assert export
    graph = onnx.load(export / QUERY_GRAPH, load_external_data=False).graph
    weights = {weight.name: weight for weight in graph.initializer}
    left = [
        list(weights[node.input[1]].dims)
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in weights
    ]
    assert left == [[outliers.SPARED, 384]] * 6


def test_dividing_a_layer_leaves_its_product_what_it_was(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_encoder(str(tiny.bert(tmp_path)), cache)
    export = find_export_named(cache, str(tmp_path / "model"))
    assert export
    whole = OnnxEncoder(export)
    [batch] = whole.token_batches(["a few letters", "and some more of them"])
    onnx.save(outliers.divided(export, [batch.inputs]), export / "divided.onnx")
    divided = open_session(export, threads=1, graph="divided.onnx")
    expected = whole.query_session.run([OUTPUT], batch.inputs)[0]
    np.testing.assert_allclose(divided.run([OUTPUT], batch.inputs)[0], expected, atol=1e-5)


def test_a_query_has_one_vector_whatever_is_asked_with_it(quick: OnnxEncoder) -> None:
    alone = np.vstack([quick.encode_queries([text]) for text in QUESTIONS])
    assert np.array_equal(quick.encode_queries(QUESTIONS), alone)
    assert quick.encode_queries([]).shape == (0, quick.dimension)


def test_passages_stay_in_float32(encoder: OnnxEncoder, quick: OnnxEncoder) -> None:
    texts = passages(3, seed=8)
    assert np.array_equal(quick.encode_passages(texts), encoder.encode_passages(texts))


def test_a_graph_that_strays_is_left_out_and_queries_stay_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(quantised, "ALIKE", 1.01)
    _assert_exact(tiny.bert(tmp_path), tmp_path / "cache")
    assert "their cosine with float32 is" in caplog.text


def test_a_graph_that_cannot_be_quantised_leaves_queries_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(quantised, "QUERY_WEIGHTS", "no/such/directory/queries.bin")
    _assert_exact(tiny.bert(tmp_path), tmp_path / "cache")
    assert "are encoded in float32, not int8" in caplog.text


def _assert_exact(model: Path, cache: Path) -> None:
    exact = load_encoder(str(model), cache).encode_queries(CANARY_TEXTS)
    asked = load_encoder(str(model), cache, precision="int8").encode_queries(CANARY_TEXTS)
    assert np.array_equal(asked, exact)
    export = find_export_named(cache, str(model))
    assert export
    assert not (export / QUERY_GRAPH).exists()
    assert not (export / QUERY_WEIGHTS).exists()


def test_a_renamed_model_is_told_by_its_canaries_and_asked_in_int8(
    model_cache: Path, encoder: OnnxEncoder, quick: OnnxEncoder, tmp_path: Path
) -> None:
    canaries = canary_vectors(encoder)
    opened = open_encoder(DEFAULT_MODEL, "another", canaries, model_cache, precision="int8")
    assert np.array_equal(opened.encode_queries(QUESTIONS), quick.encode_queries(QUESTIONS))
    copied = shutil.copytree(model_cache, tmp_path / "cache")
    opened = open_encoder("renamed", encoder.fingerprint, canaries, copied, precision="int8")
    assert np.array_equal(opened.encode_queries(QUESTIONS), quick.encode_queries(QUESTIONS))
