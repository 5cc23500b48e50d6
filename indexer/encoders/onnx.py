"""The exported twin of a model: onnxruntime and tokenizers, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Span
from indexer.encoders.base import well_formed
from indexer.encoders.card import (
    GRAPH,
    OUTPUT,
    QUERY_GRAPH,
    TOKENIZER,
    TOKENS,
    WEIGHTS_OF,
    ExportCard,
)
from indexer.encoders.pooling import pool, unknown
from indexer.errors import ModelUnavailable
from indexer.settings import Precision
from indexer.vectors import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Rows: TypeAlias = NDArray[np.intp]
Done = TypeVar("Done")

# Measured: larger batches are slower, pad more, and take more memory (docs/encoders.md).
BATCH_TOKENS = 512
# Texts tokenised and sorted by length together; bounds the memory their tokens take.
WINDOW = 4096


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Texts of nearly one length, padded: each input is int64[len(rows), longest]."""

    rows: Rows
    inputs: dict[str, NDArray[np.int64]]


class OnnxEncoder:
    """Encodes with an exported graph; safe to use from several threads."""

    def __init__(
        self,
        directory: Path,
        name: str | None = None,
        threads: int = 0,
        precision: Precision = "float32",
    ) -> None:
        """Open the export in `directory`; `threads` batches are encoded at once, 0 for all cores.

        `precision` is that of queries, where the export has a graph of it. Raises
        ModelUnavailable when the export is incomplete or cannot be run.
        """
        card = ExportCard.read(directory)
        if card is None:
            raise broken(directory)
        self._card = card
        self._directory = directory
        self._name = name or card.name
        card.compare(directory, TOKENIZER)
        self._tokenizer = open_tokenizer(directory)
        self._threads = threads or os.cpu_count() or 1
        self._quantised = precision == "int8" and QUERY_GRAPH in card.files
        if self._quantised:
            self.query_session = self._open(QUERY_GRAPH)
        else:
            self.query_session = self.session

    @cached_property
    def session(self) -> InferenceSession:
        """The graph in float32; one that only serves int8 queries never opens it."""
        return self._open(GRAPH)

    def _open(self, graph: str) -> InferenceSession:
        # Weights that were damaged in place still make vectors, and nobody would know.
        self._card.compare(self._directory, graph, WEIGHTS_OF[graph])
        # A batch on one thread each is faster than one batch on all threads (docs/encoders.md),
        # and a vector does not depend on how many there are.
        return open_session(self._directory, threads=1, graph=graph)

    @property
    def name(self) -> str:
        """The model's name, as the user gave it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the model this was exported from."""
        return self._card.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._card.dimension

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads, special tokens included."""
        return self._card.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out and nothing cut off."""
        encodings = self._counter.encode_batch_fast(
            [well_formed(text) for text in texts], add_special_tokens=False
        )
        return [len(encoding) for encoding in encodings]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in the order given: float32[len(texts), dimension]."""
        return self._encode(self._card.passage_prompt, texts)

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages and of the sentences of each, in one pass."""
        pooled = unknown(sentences, self.dimension)
        if TOKENS not in {output.name for output in self.session.get_outputs()}:
            return self.encode_passages(texts), pooled
        vectors = np.empty((len(texts), self.dimension), np.float32)
        prompt = self._card.passage_prompt
        for start in range(0, len(texts), WINDOW):
            prompted = [prompt + well_formed(text) for text in texts[start : start + WINDOW]]
            encodings = self._tokenizer.encode_batch(prompted)
            work = partial(self._told, encodings, sentences[start : start + WINDOW], len(prompt))
            for rows, told, of_sentences in self._at_once(work, self._batches(encodings)):
                vectors[start + rows] = told
                for row, each in zip(rows.tolist(), of_sentences, strict=True):
                    pooled[start + row] = each
        return vectors, pooled

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries, in the order given: float32[len(texts), dimension]."""
        # In int8 the texts of a batch share the scale of their activations, so that a vector would
        # depend on the others.
        if len(texts) != 1 and not self._quantised:
            return self._encode(self._card.query_prompt, texts)
        # The serving path: no batch to plan, and no thread pool of the tokenizer to wake.
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            encoding = self._tokenizer.encode(self._card.query_prompt + well_formed(text))
            [vectors[row]] = self.query_session.run([OUTPUT], self._inputs([encoding.ids]))[0]
        return vectors

    def token_batches(self, texts: Sequence[str]) -> Iterator[TokenBatch]:
        """What the graph is fed for `texts`: batches of like length, longest first."""
        return self._batches(
            self._tokenizer.encode_batch_fast([well_formed(text) for text in texts])
        )

    def _batches(self, encodings: Sequence[Encoding]) -> Iterator[TokenBatch]:
        tokens = [encoding.ids for encoding in encodings]
        for rows in plan([len(ids) for ids in tokens]):
            yield TokenBatch(rows, self._inputs([tokens[row] for row in rows]))

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), WINDOW):
            prompted = [prompt + text for text in texts[start : start + WINDOW]]
            for rows, encoded in self._at_once(self._encoded, self.token_batches(prompted)):
                vectors[start + rows] = encoded
        return vectors

    def _at_once(
        self, work: Callable[[TokenBatch], Done], batches: Iterator[TokenBatch]
    ) -> Iterator[Done]:
        """What `work` makes of each batch, in order, with all threads at work."""
        pool = ThreadPoolExecutor(self._threads)
        try:
            yield from pool.map(work, batches)
        finally:
            # Who is interrupted waits for the batches under way, and not for all that are queued.
            pool.shutdown(cancel_futures=True)

    def _encoded(self, batch: TokenBatch) -> tuple[Rows, Vectors]:
        return batch.rows, self._run(batch.inputs)

    def _told(
        self,
        encodings: Sequence[Encoding],
        sentences: Sequence[Sequence[Span]],
        prompt: int,
        batch: TokenBatch,
    ) -> tuple[Rows, Vectors, list[Vectors]]:
        """The vectors of a batch and of the sentences in it, its tokens let go of."""
        vectors, tokens = self.session.run([OUTPUT, TOKENS], batch.inputs)
        pooled = []
        for row, text_tokens in zip(batch.rows.tolist(), tokens, strict=True):
            offsets = encodings[row].offsets
            pooled.append(pool(text_tokens[: len(offsets)], offsets, sentences[row], prompt))
        return batch.rows, vectors, pooled

    def _inputs(self, tokens: list[list[int]]) -> dict[str, NDArray[np.int64]]:
        # Padded on the right whatever the model's habit: positions then count from the text's
        # first token, as they do when it is encoded alone.
        shape = len(tokens), max(map(len, tokens))
        ids = np.full(shape, self._card.pad_id, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in self._card.inputs:
            inputs["token_type_ids"] = np.zeros(shape, np.int64)
        return inputs

    def _run(self, inputs: dict[str, NDArray[np.int64]]) -> Vectors:
        vectors: Vectors = self.session.run([OUTPUT], inputs)[0]
        return vectors

    @cached_property
    def _counter(self) -> Tokenizer:
        tokenizer = open_tokenizer(self._directory)
        tokenizer.no_truncation()
        return tokenizer


def plan(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[NDArray[np.intp]]:
    """Group texts by their lengths in tokens, longest first, `budget` padded tokens a batch."""
    order = np.argsort(-np.asarray(lengths, np.intp), kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


# Both libraries are imported on use: naming the encoder seam must not cost a command 0.2 s.


def open_tokenizer(directory: Path) -> Tokenizer:
    """The tokenizer of the export in `directory`; raises ModelUnavailable."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_buffer((directory / TOKENIZER).read_bytes())
    except (OSError, ValueError) as error:
        raise broken(directory) from error


def open_session(directory: Path, threads: int, graph: str = GRAPH) -> InferenceSession:
    """A graph of the export in `directory`, 0 threads for all cores; raises ModelUnavailable."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    # The graph was optimised when it was exported; doing it again would only cost time.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(
            directory / graph, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # The errors of onnxruntime have no base of their own.
        raise broken(directory) from error


def broken(directory: Path) -> ModelUnavailable:
    """What to raise for an export that is incomplete or cannot be run."""
    return ModelUnavailable(
        f"The exported model in {directory} is incomplete or of another version: "
        "delete that directory, and it is exported again."
    )
