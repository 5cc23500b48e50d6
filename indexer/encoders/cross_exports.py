"""From the name of a cross-encoder to one that can be used, exported at first use."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from indexer.encoders.canaries import CANARY_TEXTS
from indexer.encoders.cross_encoder import CrossEncoder, OnnxCrossEncoder
from indexer.encoders.cross_transformer import TransformerCrossEncoder
from indexer.encoders.exports import ExportRefused, find_export, find_export_named, publish
from indexer.encoders.resolve import download, find_local
from indexer.encoders.transformer import require_models_extra
from indexer.vectors import Vectors

# The greatest difference of logits between a model and its export.
FAITHFUL = 1e-3
# A question, and a query so long that both sides of a pair are cut.
CANARY_QUERIES = ("When does the harbour open again?", CANARY_TEXTS[-1])

log = logging.getLogger(__name__)


def load_cross_encoder(model: str, cache_dir: Path, threads: int = 1) -> CrossEncoder:
    """The cross-encoder of a directory or hub id, from its export in `cache_dir`/rerankers.

    Raises ModelUnavailable, or MissingExtra when it has to be exported and torch is missing.
    """
    # Apart from the encoders, whose exports answer to the same fingerprints.
    cache = cache_dir / "rerankers"
    files = find_local(model)
    export = find_export(cache, files.fingerprint) if files else find_export_named(cache, model)
    if export:
        return OnnxCrossEncoder(export, model, threads)
    if files is None:
        require_models_extra()
        files = download(model)
    original = TransformerCrossEncoder(files.directory, model, files.fingerprint, threads)
    try:
        published = publish(original, cache, partial(_difference, original))
        return OnnxCrossEncoder(published, model, threads)
    except ExportRefused as refusal:
        log.warning("The reranker %s is used as it is, on torch: %s.", model, refusal)
        return original


def all_scores(model: CrossEncoder, query: str, passages: Sequence[str]) -> Vectors:
    """The scores of all passages in the order given: float32[len(passages)]."""
    scores = np.empty(len(passages), np.float32)
    for batch in model.score(query, passages):
        scores[batch.rows] = batch.scores
    return scores


def _difference(original: CrossEncoder, directory: Path) -> str | None:
    """What the greatest difference of logits over the canary texts says."""
    export = OnnxCrossEncoder(directory, original.name)
    expected = [all_scores(original, query, CANARY_TEXTS) for query in CANARY_QUERIES]
    together = [all_scores(export, query, CANARY_TEXTS) for query in CANARY_QUERIES]
    alone = [
        [all_scores(export, query, [text])[0] for text in CANARY_TEXTS] for query in CANARY_QUERIES
    ]
    worst = float(np.abs(np.array([together, alone]) - expected).max())
    # Written so that NaN, which compares as false, is refused too.
    if worst <= FAITHFUL:
        return None
    return f"the scores of its export differ by up to {worst:.6f} on the canary texts"
