"""The cross-encoder seam, query and passage read together; and its exported twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.base import well_formed
from indexer.encoders.card import ExportCard
from indexer.encoders.onnx import broken, open_session, open_tokenizer, plan
from indexer.vectors import Vectors

# Half of what an encoder takes at once: the deadline of a search is looked at between batches.
BATCH_TOKENS = 512


@dataclass(frozen=True, slots=True)
class ScoredBatch:
    """Some of the passages, by their place in what was given, and a score for each: float32[n]."""

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
        self._tokenizer = open_tokenizer(directory)
        self._session = open_session(directory, threads)

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        """Score passages in batches of like length, longest first."""
        asked = well_formed(query)
        pairs = [(asked, well_formed(passage)) for passage in passages]
        encodings = self._tokenizer.encode_batch_fast(pairs)
        for rows in plan([len(encoding.ids) for encoding in encodings], BATCH_TOKENS):
            batch = [encodings[row] for row in rows]
            tensors = {
                "input_ids": _padded([pair.ids for pair in batch], self._card.pad_id),
                "attention_mask": _padded([pair.attention_mask for pair in batch], 0),
                "token_type_ids": _padded([pair.type_ids for pair in batch], 0),
            }
            taken = {name: tensors[name] for name in self._card.inputs}
            logits: Vectors = self._session.run(None, taken)[0]
            yield ScoredBatch(rows, logits[:, 0])


def _padded(rows: Sequence[Sequence[int]], fill: int) -> NDArray[np.int64]:
    padded = np.full((len(rows), max(map(len, rows))), fill, np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = row
    return padded
