"""A model of entailment: exported once, with its labels in whatever order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import CrossEncoder

from indexer.encoders.entailment import Entailment, load_entailment
from indexer.errors import ModelUnavailable
from tests.encoders import tiny

NAMES = ("contradiction", "Entailment", "neutral")
PAIRS = [("rain", "it rained"), ("two ferries collide off the cape", "a dry summer"), ("", "x")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.cross_bert(tmp_path_factory.mktemp("tiny"), names=NAMES)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def judge(model: Path, cache: Path) -> Entailment:
    return load_entailment(str(model), cache)


def test_probabilities_are_the_models_in_our_order(judge: Entailment, model: Path) -> None:
    original = CrossEncoder(str(model), device="cpu")
    expected = original.predict(PAIRS, apply_softmax=True)[:, [1, 2, 0]]
    assert np.allclose(judge.probabilities(PAIRS), expected, atol=1e-3)


def test_it_is_opened_from_its_export_afterwards(
    judge: Entailment, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("indexer.encoders.entailment.TransformerEntailment")
    again = load_entailment(str(model), cache)
    assert np.array_equal(again.probabilities(PAIRS), judge.probabilities(PAIRS))


@pytest.mark.parametrize("names", [("LABEL_0", "LABEL_1", "LABEL_2"), ("yes", "no")])
def test_a_model_that_tells_something_else_is_refused(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    path = tiny.cross_bert(tmp_path, names=names)
    with pytest.raises(ModelUnavailable, match="entailment, neutral"):
        load_entailment(str(path), tmp_path / "cache")


def test_a_model_that_cannot_be_exported_is_used_as_it_is(
    model: Path, tmp_path: Path, judge: Entailment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.encoders.entailment.FAITHFUL", -1.0)
    original = load_entailment(str(model), tmp_path)
    assert np.allclose(original.probabilities(PAIRS), judge.probabilities(PAIRS), atol=1e-3)
