"""Any sentence-transformers model, and its export: the only file that imports torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from indexer.encoders.base import well_formed
from indexer.encoders.card import GRAPH, INPUTS, TOKENIZER, WEIGHTS, ExportCard
from indexer.errors import MissingExtra, ModelUnavailable
from indexer.vectors import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# Stands for "no limit": some models, such as static embeddings, read texts of any length.
UNLIMITED = 1_000_000
# What sentence-transformers and model authors call the prompt of a passage.
PASSAGE_PROMPTS = ("document", "passage", "corpus")
OUTPUT = "vectors"


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
        self._model = _load(directory, name, threads)
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
        limit = self._model.max_seq_length
        return UNLIMITED if limit is None or limit > UNLIMITED else int(limit)

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
        from tokenizers import Tokenizer

        tokenizer = self._model.tokenizer
        inputs = self._write_graph(directory)
        twin = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        twin.no_padding()
        twin.enable_truncation(self.max_tokens, direction=tokenizer.truncation_side)
        twin.save(str(directory / TOKENIZER))
        card = ExportCard(
            name=self.name,
            fingerprint=self.fingerprint,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
            query_prompt=self._query_prompt,
            passage_prompt=self._passage_prompt,
            pad_id=tokenizer.pad_token_id,
            inputs=inputs,
        )
        card.write(directory)

    def _write_graph(self, directory: Path) -> tuple[str, ...]:
        import torch

        # Texts of unlike length, so that the padding mask is part of what is traced.
        features = self._model.preprocess(["short", "a text of more tokens than the other one"])
        example = {k: v for k, v in features.items() if isinstance(v, torch.Tensor)}
        if not INPUTS.issuperset(example):
            raise ValueError(f"it takes {', '.join(example)}, not the tokens of a text")
        # Tracing a model of more than 2 GB leaves many files, so it gets a directory of its own.
        with TemporaryDirectory(dir=directory) as scratch:
            traced = Path(scratch) / "traced.onnx"
            _trace(_pipeline(self._model, tuple(example)), example, traced)
            _optimise(traced, directory / GRAPH)
        return tuple(example)


def _load(directory: Path, name: str, threads: int) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(
            str(directory),
            device="cpu",
            local_files_only=True,
            # Eager attention is what traces into the plainest graph.
            model_kwargs={"attn_implementation": "eager", "dtype": torch.float32},
        ).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelUnavailable(
            f"The model {name} cannot be loaded by sentence-transformers: {reason}"
        ) from error


def _pipeline(model: SentenceTransformer, inputs: tuple[str, ...]) -> torch.nn.Module:
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features = {**dict(zip(inputs, tensors, strict=True)), "modality": "text"}
            vectors = self.model(features)["sentence_embedding"][:, : self.model.truncate_dim]
            return torch.nn.functional.normalize(vectors)

    return Pipeline().eval()


def _trace(pipeline: torch.nn.Module, example: dict[str, torch.Tensor], graph: Path) -> None:
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
            output_names=[OUTPUT],
            dynamic_axes=axes | {OUTPUT: {0: "texts"}},
            # The newer exporter measured no faster, takes five times as long, and needs another
            # package (docs/encoders.md).
            dynamo=False,
            opset_version=17,
        )


def _optimise(traced: Path, graph: Path) -> None:
    """Let onnxruntime fuse the graph once, with its weights in a file that can be mapped."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Beyond "extended", a graph is tied to the processor it was optimised on.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(graph)
    prefix = "session.optimized_model_external_initializers_"
    options.add_session_config_entry(f"{prefix}file_name", WEIGHTS)
    options.add_session_config_entry(f"{prefix}min_size_in_bytes", "1024")
    onnxruntime.InferenceSession(traced, options, providers=["CPUExecutionProvider"])
