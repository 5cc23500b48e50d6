"""Reranking with a cross-encoder in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from api.search.rerankers.base import RerankerFailed
from indexer.encoders.cross_encoder import CrossEncoder


class CrossEncoderReranker:
    """Scores are the model's logits; safe to use from several threads."""

    def __init__(self, model: CrossEncoder) -> None:
        """Rerank with `model`."""
        self._model = model

    @property
    def name(self) -> str:
        """The model's name or path, as the user gave it."""
        return self._model.name

    def scores(self, query: str, passages: Sequence[str], deadline: float) -> list[float]:
        """One score a passage; gives up after the batch in which the deadline passes."""
        if not passages:
            return []
        scores = np.full(len(passages), np.nan, np.float32)
        self._in_time(deadline)
        try:
            for batch in self._model.score(query, passages):
                scores[batch.rows] = batch.scores
                self._in_time(deadline)
        except RerankerFailed:
            raise
        except Exception as error:  # Those of onnxruntime, or of a model's own code, have no base.
            raise RerankerFailed(
                f"The reranker {self.name} could not score the passages ({type(error).__name__})."
            ) from error
        if not np.isfinite(scores).all():
            raise RerankerFailed(f"The reranker {self.name} gave scores that are not numbers.")
        return [float(score) for score in scores]

    def _in_time(self, deadline: float) -> None:
        if time.monotonic() >= deadline:
            raise RerankerFailed(f"The reranker {self.name} did not finish in time.")
