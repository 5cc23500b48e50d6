"""Any cross-encoder of sentence-transformers on torch, and its export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.encoders.base import well_formed
from indexer.encoders.card import ExportCard
from indexer.encoders.cross_encoder import ScoredBatch
from indexer.encoders.transformer import (
    load_model,
    require_models_extra,
    token_limit,
    write_graph,
    write_tokenizer,
)
from indexer.errors import ModelUnavailable

# Passages scored at once: torch pays for every pass, and the deadline is looked at in between.
BATCH = 8
LABELS = frozenset({"entailment", "neutral", "contradiction"})


class TransformerCrossEncoder:
    """A CrossEncoder of sentence-transformers on torch, as its authors published it."""

    def __init__(self, directory: Path, name: str, fingerprint: str, threads: int = 1) -> None:
        """Load the model in `directory`; `threads` of 0 leaves the choice to torch.

        Raises MissingExtra, or ModelUnavailable when it is not a model that gives one score.
        """
        require_models_extra()
        from sentence_transformers import CrossEncoder

        self.name = name
        self.fingerprint = fingerprint
        self._model = load_model(CrossEncoder, directory, name, threads)
        self._check()

    def score(self, query: str, passages: Sequence[str]) -> Iterator[ScoredBatch]:
        """Score passages a few at a time, in the order given."""
        for batch in self.logits([(query, passage) for passage in passages]):
            yield ScoredBatch(batch.rows, batch.scores[:, 0])

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns of logits mean; empty for the one score of a reranker."""
        return ()

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Iterator[ScoredBatch]:
        """What the model gives for pairs of texts, float32[n, columns], a few at a time."""
        from torch.nn import Identity

        for start in range(0, len(pairs), BATCH):
            batch = [(well_formed(a), well_formed(b)) for a, b in pairs[start : start + BATCH]]
            logits = self._model.predict(batch, activation_fn=Identity(), show_progress_bar=False)
            scores = np.asarray(logits, np.float32).reshape(len(batch), -1)
            yield ScoredBatch(start + np.arange(len(batch)), scores)

    def export(self, directory: Path) -> None:
        """Write the model as one graph that gives logits, its tokenizer and card.

        Raises whatever torch, onnxruntime or the model's code does when it cannot be exported.
        """
        pairs = [("short", "a text"), ("longer than the other", "and of more tokens, too")]
        features = self._model.preprocess(pairs)
        inputs = write_graph(self._model, lambda result: result["scores"], features, directory)
        max_tokens = token_limit(self._model.max_seq_length)
        write_tokenizer(self._model.tokenizer, max_tokens, directory)
        card = ExportCard(
            name=self.name,
            fingerprint=self.fingerprint,
            dimension=self._model.num_labels,
            max_tokens=max_tokens,
            query_prompt="",
            passage_prompt="",
            pad_id=self._model.tokenizer.pad_token_id,
            inputs=inputs,
            labels=self.labels,
        )
        card.write(directory)

    def _check(self) -> None:
        if self._model.num_labels != 1:
            raise ModelUnavailable(
                f"The model {self.name} gives {self._model.num_labels} scores for a passage, "
                "and a reranker must give one: name a CrossEncoder with num_labels = 1."
            )
        self._check_trained()

    def _check_trained(self) -> None:
        # For a model of another kind sentence-transformers makes up the missing weights at random.
        trained = self._model.config.architectures
        if trained and type(self._model.model).__name__ not in trained:
            raise ModelUnavailable(
                f"The model {self.name} was not trained to score pairs (it is a {trained[0]}): "
                "name a CrossEncoder, such as cross-encoder/ms-marco-MiniLM-L6-v2."
            )


class TransformerEntailment(TransformerCrossEncoder):
    """A CrossEncoder on torch that tells entailment, neutrality and contradiction apart."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns of logits mean, in small letters."""
        names = self._model.config.id2label
        return tuple(names[column].casefold() for column in range(self._model.num_labels))

    def _check(self) -> None:
        if set(self.labels) != LABELS:
            raise ModelUnavailable(
                f"The model {self.name} tells {', '.join(self.labels)} apart: name a CrossEncoder "
                f"whose labels are {', '.join(sorted(LABELS))}, such as "
                "cross-encoder/nli-MiniLM2-L6-H768."
            )
        self._check_trained()
