"""Any sentence-transformers model, and its export; only this and its twin for pairs use torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import numpy as np

from indexer.documents import Span
from indexer.encoders.base import well_formed
from indexer.encoders.card import GRAPH, INPUTS, OUTPUT, TOKENIZER, TOKENS, WEIGHTS, ExportCard
from indexer.encoders.graphs import optimise
from indexer.encoders.pooling import pool, unknown
from indexer.errors import MissingExtra, ModelUnavailable
from indexer.vectors import Vectors

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

ModelT = TypeVar("ModelT", bound="torch.nn.Module")
Outputs: TypeAlias = "torch.Tensor | tuple[torch.Tensor, ...]"

# Stands for "no limit": some models, such as static embeddings, read texts of any length.
UNLIMITED = 1_000_000
# What sentence-transformers and model authors call the prompt of a passage.
PASSAGE_PROMPTS = ("document", "passage", "corpus")

Axes: TypeAlias = dict[str, dict[int, str]]
"""By name of an output, the axes of it whose size differs from call to call."""
RESULT_AXES: Axes = {OUTPUT: {0: "texts"}}
TOKEN_AXES: Axes = {TOKENS: {0: "texts", 1: "tokens"}}


def require_models_extra() -> None:
    """Raise MissingExtra unless all that exporting a model takes can be imported."""
    try:
        import onnx
        import sentence_transformers
        import torch
    except ImportError as error:
        raise MissingExtra(
            f"This model has to be exported once, and that needs more packages ({error}): "
            "pip install 'dateline[models]'"
        ) from error
    del onnx, sentence_transformers, torch


class TransformerEncoder:
    """A sentence-transformers model on torch, as its authors published it."""

    def __init__(self, directory: Path, name: str, fingerprint: str, threads: int = 0) -> None:
        """Load the model in `directory`; `threads` of 0 leaves the choice to torch.

        Raises MissingExtra or ModelUnavailable.
        """
        require_models_extra()
        self.name = name
        self.fingerprint = fingerprint
        from sentence_transformers import SentenceTransformer

        self._model = load_model(SentenceTransformer, directory, name, threads)
        prompts = self._model.prompts
        self._query_prompt = prompts.get("query") or ""
        self._passage_prompt = next(filter(None, map(prompts.get, PASSAGE_PROMPTS)), "")

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads, special tokens included."""
        return token_limit(self._model.max_seq_length)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out and nothing cut off."""
        from tokenizers import Tokenizer

        readable = [well_formed(text) for text in texts]
        tokenizer = self._model.tokenizer
        if isinstance(tokenizer, Tokenizer):  # That of a static embedding.
            encodings = tokenizer.encode_batch(readable, add_special_tokens=False)
            return [len(encoding) for encoding in encodings]
        encoded = tokenizer(readable, add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in the order given: float32[len(texts), dimension]."""
        return self._encode(self._model.encode_document, texts, self._passage_prompt)

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages and of the sentences of each."""
        pooled = unknown(sentences, self.dimension)
        if not (texts and self._pools_tokens):
            return self.encode_passages(texts), pooled
        read = [well_formed(text) for text in texts]
        prompt = self._passage_prompt
        # One at a time, so that no token is padding.
        results = cast(
            "list[dict[str, torch.Tensor]]",
            self._model.encode_document(
                read, prompt=prompt, output_value=None, batch_size=1, show_progress_bar=False
            ),
        )
        for row, offsets in enumerate(self._offsets([prompt + text for text in read])):
            tokens = results[row]["token_embeddings"].numpy()
            pooled[row] = pool(tokens, offsets, sentences[row], len(prompt))
        vectors = np.stack([result["sentence_embedding"].numpy() for result in results])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), pooled

    def _offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """The stretches the tokens of each text stand for, special tokens among them."""
        read = self._model.tokenizer(
            list(texts), truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
        )
        offsets: list[list[tuple[int, int]]] = read["offset_mapping"]
        return offsets

    @cached_property
    def _pools_tokens(self) -> bool:
        """Whether a vector is no more than its tokens pooled, so that some of them make one too."""
        from sentence_transformers.sentence_transformer.modules import (
            Normalize,
            Pooling,
            Transformer,
        )

        plain = all(isinstance(part, Transformer | Pooling | Normalize) for part in self._model)
        return plain and self._model.truncate_dim is None and self._model.tokenizer.is_fast

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries, in the order given: float32[len(texts), dimension]."""
        return self._encode(self._model.encode_query, texts, self._query_prompt)

    def _encode(self, encode: Callable[..., object], texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = encode(
            [well_formed(text) for text in texts],
            prompt=prompt,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)

    def export(self, directory: Path) -> None:
        """Write the model as one graph with pooling and normalisation, tokenizer and card.

        Raises whatever torch, onnxruntime or the model's code does when it cannot be exported.
        """
        # Texts of unlike length, so that the padding mask is part of what is traced.
        features = self._model.preprocess(["short", "a text of more tokens than the other one"])
        axes = {**RESULT_AXES, **TOKEN_AXES} if self._pools_tokens else RESULT_AXES
        inputs = write_graph(self._model, self._outputs, features, directory, axes)
        write_tokenizer(self._model.tokenizer, self.max_tokens, directory)
        card = ExportCard(
            name=self.name,
            fingerprint=self.fingerprint,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
            query_prompt=self._query_prompt,
            passage_prompt=self._passage_prompt,
            pad_id=self._model.tokenizer.pad_token_id,
            inputs=inputs,
        )
        card.write(directory)

    def _outputs(self, result: dict[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        import torch

        vectors = result["sentence_embedding"][:, : self._model.truncate_dim]
        outputs = torch.nn.functional.normalize(vectors), result["token_embeddings"]
        return outputs if self._pools_tokens else outputs[:1]


def load_model(kind: Callable[..., ModelT], directory: Path, name: str, threads: int) -> ModelT:
    """A model of sentence-transformers, such as SentenceTransformer; raises ModelUnavailable."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        return kind(
            str(directory),
            device="cpu",
            local_files_only=True,
            # Eager attention is what traces into the plainest graph.
            model_kwargs={"attn_implementation": "eager", "dtype": torch.float32},
        ).eval()
    except Exception as error:  # What a damaged file makes of the code that reads it is open.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelUnavailable(
            f"The model {name} cannot be loaded by sentence-transformers ({reason}): download it "
            "again if it is not whole, or set another."
        ) from error


def token_limit(limit: int | None) -> int:
    """How many tokens a model reads, from what it says itself."""
    return UNLIMITED if limit is None or limit > UNLIMITED else int(limit)


def write_tokenizer(tokenizer: PreTrainedTokenizerBase, max_tokens: int, directory: Path) -> None:
    """Write the tokenizer of an export; it cuts texts, or the longer of a pair, at `max_tokens`."""
    from tokenizers import Tokenizer

    twin = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    twin.no_padding()
    twin.enable_truncation(max_tokens, direction=tokenizer.truncation_side)
    twin.save(str(directory / TOKENIZER))


def write_graph(
    model: torch.nn.Module,
    read: Callable[[dict[str, torch.Tensor]], Outputs],
    features: Mapping[str, object],
    directory: Path,
    outputs: Axes = RESULT_AXES,
) -> tuple[str, ...]:
    """Trace what `read` takes from the model's result into the graph of an export.

    `features` are those of at least two texts; `outputs` names what `read` gives, in its order,
    and the axes of each whose size differs from call to call. Returns the names of the tensors
    the graph takes.
    """
    import torch

    example = {k: v for k, v in features.items() if isinstance(v, torch.Tensor)}
    if not INPUTS.issuperset(example):
        raise ValueError(f"it takes {', '.join(example)}, not the tokens of a text")
    # Tracing a model of more than 2 GB leaves many files, so it gets a directory of its own.
    with TemporaryDirectory(dir=directory) as scratch:
        traced = Path(scratch) / "traced.onnx"
        _trace(_pipeline(model, read, tuple(example)), example, outputs, traced)
        optimise(traced, directory / GRAPH, WEIGHTS)
    return tuple(example)


def _pipeline(
    model: torch.nn.Module,
    read: Callable[[dict[str, torch.Tensor]], Outputs],
    inputs: tuple[str, ...],
) -> torch.nn.Module:
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> Outputs:
            features = {**dict(zip(inputs, tensors, strict=True)), "modality": "text"}
            return read(self.model(features))

    return Pipeline().eval()


def _trace(
    pipeline: torch.nn.Module, example: dict[str, torch.Tensor], outputs: Axes, graph: Path
) -> None:
    import torch

    axes = {name: {0: "texts", 1: "tokens"} for name in example}
    with warnings.catch_warnings(), torch.no_grad():
        # The tracer warns of branches it may have lost; whether it did, the canaries show.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            pipeline,
            tuple(example.values()),
            graph,
            input_names=list(example),
            output_names=list(outputs),
            dynamic_axes=axes | outputs,
            # The newer exporter measured no faster, takes five times as long, and needs another
            # package (docs/encoders.md).
            dynamo=False,
            opset_version=17,
        )
