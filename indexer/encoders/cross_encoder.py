"""The cross-encoder seam, query and passage read together; and its exported twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.base import well_formed
from indexer.encoders.card import GRAPH, TOKENIZER, WEIGHTS, ExportCard
from indexer.encoders.onnx import broken, open_session, open_tokenizer, plan
from indexer.vectors import Vectors

# Half of what an encoder takes at once: the deadline of a search is looked at between batches.
BATCH_TOKENS = 512


@dataclass(frozen=True, slots=True)
class ScoredBatch:
    """Some of the pairs, by their place in what was given, and a score for each: float32[n].

    Logits are float32[n, columns].
    """

    rows: NDArray[np.intp]
    scores: Vectors


class CrossEncoder(Protocol):
    """Reads a query and a passage as one text and gives the pair one score."""

    @property
    def name(self) -> str:
        """The model's name or path, as the user gave it."""

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        """Score every passage once, a small batch at a time; higher is better.

        The scores are the model's logits, before any activation: only their order means something.
        """


class OnnxCrossEncoder:
    """Scores with an exported graph, without torch; safe to use from several threads."""

    def __init__(self, directory: Path, name: str, threads: int = 1) -> None:
        """Open the export in `directory`; `threads` of 0 means all cores.

        Raises ModelUnavailable when the export is incomplete or cannot be run.
        """
        card = ExportCard.read(directory)
        if card is None:
            raise broken(directory)
        self.name = name
        self._card = card
        card.compare(directory, TOKENIZER, GRAPH, WEIGHTS)
        self._tokenizer = open_tokenizer(directory)
        self._session = open_session(directory, threads)

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        """Score passages in batches of like length, longest first."""
        for batch in self.logits([(query, passage) for passage in passages]):
            yield ScoredBatch(batch.rows, batch.scores[:, 0])

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns of logits mean; empty for the one score of a reranker."""
        return self._card.labels

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Iterator[ScoredBatch]:
        """What the model gives for pairs of texts, float32[n, columns], longest first."""
        encodings = self._tokenizer.encode_batch_fast(
            [(well_formed(first), well_formed(second)) for first, second in pairs]
        )
        for rows in plan([len(encoding.ids) for encoding in encodings], BATCH_TOKENS):
            batch = [encodings[row] for row in rows]
            tensors = {
                "input_ids": _padded([pair.ids for pair in batch], self._card.pad_id),
                "attention_mask": _padded([pair.attention_mask for pair in batch], 0),
                "token_type_ids": _padded([pair.type_ids for pair in batch], 0),
            }
            taken = {name: tensors[name] for name in self._card.inputs}
            yield ScoredBatch(rows, self._session.run(None, taken)[0])


def _padded(rows: Sequence[Sequence[int]], fill: int) -> NDArray[np.int64]:
    padded = np.full((len(rows), max(map(len, rows))), fill, np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = row
    return padded
