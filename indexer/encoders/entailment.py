"""Natural language inference: whether one text says another, or the opposite of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from indexer.encoders.canaries import CANARY_TEXTS
from indexer.encoders.cross_encoder import OnnxCrossEncoder, ScoredBatch
from indexer.encoders.cross_exports import FAITHFUL
from indexer.encoders.cross_transformer import TransformerEntailment
from indexer.encoders.exports import ExportRefused, find_export, find_export_named, publish
from indexer.encoders.resolve import download, find_local
from indexer.encoders.transformer import require_models_extra
from indexer.vectors import Vectors

ORDER = ("entailment", "neutral", "contradiction")
# Each beside the next, so that both sides of a pair are short and long.
CANARY_PAIRS = list(zip(CANARY_TEXTS, [*CANARY_TEXTS[1:], CANARY_TEXTS[0]], strict=True))

log = logging.getLogger(__name__)


class PairModel(Protocol):
    """A model that reads two texts as one."""

    @property
    def name(self) -> str:
        """The model's name or path, as the user gave it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns of its logits mean."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Iterator[ScoredBatch]:
        """What it gives for pairs of texts, float32[n, columns], batch by batch."""


class Entailment:
    """Says of pairs of texts whether the first says the second; safe to use from threads."""

    def __init__(self, model: PairModel) -> None:
        """Judge by a model whose labels are those of ORDER, in whatever order."""
        self._model = model
        self._columns = [model.labels.index(label) for label in ORDER]

    @property
    def name(self) -> str:
        """The model's name or path, as the user gave it."""
        return self._model.name

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> Vectors:
        """Of entailment, neutrality and contradiction, in that order: float32[n, 3]."""
        logits = all_logits(self._model, pairs)[:, self._columns]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Vectors = odds / odds.sum(axis=1, keepdims=True)
        return shares


def load_entailment(model: str, cache_dir: Path, threads: int = 1) -> Entailment:
    """The model of a directory or hub id, from its export in `cache_dir`/entailment.

    Raises ModelUnavailable, or MissingExtra when it has to be exported and torch is missing.
    """
    cache = cache_dir / "entailment"
    files = find_local(model)
    export = find_export(cache, files.fingerprint) if files else find_export_named(cache, model)
    if export:
        return Entailment(OnnxCrossEncoder(export, model, threads))
    if files is None:
        require_models_extra()
        files = download(model)
    original = TransformerEntailment(files.directory, model, files.fingerprint, threads)
    try:
        published = publish(original, cache, partial(_difference, original))
        return Entailment(OnnxCrossEncoder(published, model, threads))
    except ExportRefused as refusal:
        log.warning("The model %s is used as it is, on torch: %s.", model, refusal)
        return Entailment(original)


def all_logits(model: PairModel, pairs: Sequence[tuple[str, str]]) -> Vectors:
    """The logits of all pairs in the order given: float32[n, columns]."""
    logits = np.empty((len(pairs), len(model.labels)), np.float32)
    for batch in model.logits(pairs):
        logits[batch.rows] = batch.scores
    return logits


def _difference(original: PairModel, directory: Path) -> str | None:
    """What the greatest difference of logits over pairs of canary texts says."""
    export = OnnxCrossEncoder(directory, original.name)
    expected = all_logits(original, CANARY_PAIRS)
    worst = float(np.abs(all_logits(export, CANARY_PAIRS) - expected).max())
    # Written so that NaN, which compares as false, is refused too.
    if worst <= FAITHFUL:
        return None
    return f"the logits of its export differ by up to {worst:.6f} on the canary texts"
