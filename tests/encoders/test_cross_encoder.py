"""The exported cross-encoder scores pairs as the model it came from does."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import CrossEncoder
from torch.nn import Identity

from indexer.encoders import load_encoder
from indexer.encoders.card import CARD, GRAPH
from indexer.encoders.cross_encoder import BATCH_TOKENS, OnnxCrossEncoder
from indexer.encoders.cross_exports import all_scores, load_cross_encoder
from indexer.encoders.cross_transformer import TransformerCrossEncoder
from indexer.encoders.resolve import read_files
from indexer.errors import MissingExtra, ModelUnavailable
from indexer.vectors import Vectors
from tests.encoders import tiny
from tests.encoders.texts import passages

PASSAGES = [
    "",
    "rain",
    "two ferries collide off the cape",
    "a dry summer, " * 9,
    "ferry \ud83d late",
]
QUERIES = ["ferry", "who said that the summer would be dry, and where was it said? " * 3, ""]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.cross_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def exported(model: Path, cache: Path) -> OnnxCrossEncoder:
    loaded = load_cross_encoder(str(model), cache)
    assert isinstance(loaded, OnnxCrossEncoder)
    return loaded


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("torch", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, package, None)


def _logits(model: Path, query: str, texts: Sequence[str]) -> Vectors:
    original = CrossEncoder(str(model), device="cpu")
    pairs = [(query, text.replace("\ud83d", "?")) for text in texts]
    return np.asarray(original.predict(pairs, activation_fn=Identity()), np.float32)


@pytest.mark.parametrize("token_types", [True, False])
def test_scores_are_the_logits_of_the_original(tmp_path: Path, token_types: bool) -> None:
    model = tiny.cross_bert(tmp_path, token_types=token_types)
    exported = load_cross_encoder(str(model), tmp_path / "cache")
    assert isinstance(exported, OnnxCrossEncoder)
    for query in QUERIES:
        expected = _logits(model, query, PASSAGES)
        np.testing.assert_allclose(all_scores(exported, query, PASSAGES), expected, atol=1e-4)


def test_a_hundred_passages_score_as_in_the_original(
    exported: OnnxCrossEncoder, model: Path
) -> None:
    texts = passages(100, shortest=1, longest=12)
    expected = _logits(model, "who approved it?", texts)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(all_scores(exported, "who approved it?", texts), expected, atol=1e-4)


def test_of_a_pair_too_long_the_longer_text_is_cut(exported: OnnxCrossEncoder) -> None:
    # 48 tokens, three of them special: a letter each, "word" has four.
    short, long = "ab", "word " * 30
    read_whole = all_scores(exported, short, ["word " * 10 + "wor"])
    np.testing.assert_allclose(all_scores(exported, short, [long]), read_whole, atol=1e-5)
    assert abs(all_scores(exported, "ba", [long])[0] - read_whole[0]) > 1e-3


@given(order=st.permutations(range(12)), count=st.integers(1, 12))
@settings(max_examples=25)
def test_a_score_depends_on_no_other_passage(
    exported: OnnxCrossEncoder, order: list[int], count: int
) -> None:
    texts = passages(12, seed=3, shortest=1, longest=9)
    alone = [all_scores(exported, "the ferry plan", [text])[0] for text in texts]
    chosen = order[:count]
    together = all_scores(exported, "the ferry plan", [texts[number] for number in chosen])
    np.testing.assert_allclose(together, [alone[number] for number in chosen], atol=1e-4)


def test_every_passage_is_scored_once_in_small_batches(exported: OnnxCrossEncoder) -> None:
    batches = list(exported.score("q", ["word " * 30] * 64))
    assert sorted(np.concatenate([batch.rows for batch in batches]).tolist()) == list(range(64))
    assert {len(batch.rows) for batch in batches} <= {BATCH_TOKENS // tiny.MAX_TOKENS, 4}
    assert list(exported.score("q", [])) == []


def test_an_exported_cross_encoder_is_used_without_ever_importing_torch(
    exported: OnnxCrossEncoder, model: Path, cache: Path
) -> None:
    code = """
        import sys
        from pathlib import Path
        from indexer.encoders.cross_exports import all_scores, load_cross_encoder
        loaded = load_cross_encoder(sys.argv[1], Path(sys.argv[2]))
        print(all_scores(loaded, "ferry", ["rain"])[0])
        print({"torch", "transformers", "sentence_transformers"} & set(sys.modules))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(model), str(cache)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert float(printed[0]) == pytest.approx(all_scores(exported, "ferry", ["rain"])[0], abs=1e-5)
    assert printed[1] == "set()"


def test_an_unfaithful_export_gives_way_to_the_original(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A prompt of its own is put before the texts by sentence-transformers, not by the graph.
    model = tiny.cross_bert(tmp_path, prompts={"rank": "which of them answers this: "})
    loaded = load_cross_encoder(str(model), tmp_path / "cache")
    assert isinstance(loaded, TransformerCrossEncoder)
    said = [(record.name, record.levelno) for record in caplog.records]
    assert ("indexer.encoders.cross_exports", logging.WARNING) in said
    assert "the scores of its export differ by up to" in caplog.text
    assert list((tmp_path / "cache" / "rerankers" / "models").iterdir()) == []
    texts = passages(20, shortest=1, longest=9)
    expected = _logits(model, "ferry", texts)
    np.testing.assert_allclose(all_scores(loaded, "ferry", texts), expected, atol=1e-4)


def test_a_model_with_several_scores_is_refused(tmp_path: Path) -> None:
    model = tiny.cross_bert(tmp_path, labels=3)
    with pytest.raises(ModelUnavailable, match="gives 3 scores for a passage"):
        load_cross_encoder(str(model), tmp_path / "cache")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_encoder_is_no_cross_encoder_even_when_it_is_exported_as_one(tmp_path: Path) -> None:
    model = tiny.bert(tmp_path)
    load_encoder(str(model), tmp_path / "cache")
    with pytest.raises(ModelUnavailable, match=r"not trained to score pairs \(it is a BertModel\)"):
        load_cross_encoder(str(model), tmp_path / "cache")


def test_a_damaged_export_names_the_directory_to_delete(
    exported: OnnxCrossEncoder, model: Path, cache: Path, tmp_path: Path
) -> None:
    export = cache / "rerankers" / "models" / read_files(model).fingerprint
    damaged = shutil.copytree(export, tmp_path / "damaged")
    (damaged / GRAPH).write_bytes(b"cut short")
    with pytest.raises(ModelUnavailable, match="damaged is incomplete"):
        OnnxCrossEncoder(damaged, exported.name)


@pytest.mark.usefixtures("no_torch")
def test_without_torch_an_export_of_that_name_is_enough(
    exported: OnnxCrossEncoder, model: Path, cache: Path, tmp_path: Path
) -> None:
    export = tmp_path / "rerankers" / "models" / "1"
    shutil.copytree(cache / "rerankers" / "models" / read_files(model).fingerprint, export)
    card = export / CARD
    card.write_text(json.dumps(json.loads(card.read_text()) | {"name": "acme/tiny-ranker"}))
    loaded = load_cross_encoder("acme/tiny-ranker", tmp_path)
    assert loaded.name == "acme/tiny-ranker"
    np.testing.assert_array_equal(
        all_scores(loaded, "ferry", PASSAGES), all_scores(exported, "ferry", PASSAGES)
    )


@pytest.mark.usefixtures("no_torch")
def test_without_torch_a_new_cross_encoder_asks_for_the_extra(model: Path, tmp_path: Path) -> None:
    for name in (str(model), "acme/never-heard-of"):
        with pytest.raises(MissingExtra, match=r"pip install 'dateline\[models\]'"):
            load_cross_encoder(name, tmp_path)


def test_a_cross_encoder_from_the_hub_is_exported_too(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(model))
    loaded = load_cross_encoder("acme/tiny-ranker", tmp_path)
    assert isinstance(loaded, OnnxCrossEncoder)
