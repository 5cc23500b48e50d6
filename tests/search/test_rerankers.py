"""A cross-encoder gives every passage a score in time, or says that it failed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import CrossEncoder
from torch.nn import Identity

from api.search.rerankers import RerankerFailed, open_reranker
from api.search.rerankers.cross_encoder import CrossEncoderReranker
from indexer.encoders.cross_encoder import ScoredBatch
from indexer.encoders.cross_exports import load_cross_encoder
from indexer.errors import ModelUnavailable
from tests.encoders import tiny
from tests.encoders.texts import passages

SECONDS = 30.0
PASSAGES = ["rain", "two ferries collide off the cape", "a dry summer"]


def soon(seconds: float = SECONDS) -> float:
    return time.monotonic() + seconds


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.cross_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_no_name_is_no_reranker(cache: Path) -> None:
    assert open_reranker("", cache) is None


def test_a_directory_is_a_cross_encoder_and_ranks_like_the_original(
    model: Path, cache: Path
) -> None:
    reranker = open_reranker(str(model), cache)
    assert reranker is not None
    assert reranker.name == str(model)
    texts = passages(60, shortest=1, longest=9)
    pairs = [("ferry plan", text) for text in texts]
    original = CrossEncoder(str(model), device="cpu")
    expected = np.asarray(original.predict(pairs, activation_fn=Identity()))
    scores = reranker.scores("ferry plan", texts, soon())
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert all(type(score) is float for score in scores)
    assert reranker.scores("ferry plan", [], soon()) == []


def test_a_name_that_leads_nowhere_is_unavailable(cache: Path) -> None:
    for name in ("acme/never heard of", "not/a/directory"):
        with pytest.raises(ModelUnavailable, match="neither a directory nor in the hub cache"):
            open_reranker(name, cache)


def test_a_cross_encoder_is_not_begun_after_the_deadline(model: Path, cache: Path) -> None:
    reranker = open_reranker(str(model), cache)
    assert reranker is not None
    with pytest.raises(RerankerFailed, match="did not finish in time"):
        reranker.scores("ferry", PASSAGES, time.monotonic())


class Dawdling:
    """A real cross-encoder that takes its time over every batch, and counts them."""

    name = "dawdling"

    def __init__(self, model: Path, cache: Path, seconds: float) -> None:
        self._real = load_cross_encoder(str(model), cache)
        self._seconds = seconds
        self.batches = 0

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        for batch in self._real.score(query, passages):
            self.batches += 1
            time.sleep(self._seconds)
            yield batch


def test_a_cross_encoder_stops_after_the_batch_in_which_its_time_ran_out(
    model: Path, cache: Path
) -> None:
    dawdling = Dawdling(model, cache, seconds=0.2)
    with pytest.raises(RerankerFailed, match="dawdling did not finish in time"):
        CrossEncoderReranker(dawdling).scores("ferry", ["word " * 30] * 200, soon(0.2))
    assert dawdling.batches == 1


def test_scores_that_are_not_numbers_are_a_failure(tmp_path: Path) -> None:
    broken = tiny.cross_bert(tmp_path, spoilt=True)
    reranker = open_reranker(str(broken), tmp_path / "cache")
    assert reranker is not None
    with pytest.raises(RerankerFailed, match="gave scores that are not numbers"):
        reranker.scores("ferry", PASSAGES, soon())


class Raising:
    """A model whose own code fails."""

    name = "raising"

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        raise IndexError(f"position {len(passages)} of {query}")


def test_whatever_a_model_raises_is_a_failure_without_its_text() -> None:
    with pytest.raises(RerankerFailed) as failure:
        CrossEncoderReranker(Raising()).scores("ferry", PASSAGES, soon())
    expected = "The reranker raising could not score the passages (IndexError)."
    assert str(failure.value) == expected
