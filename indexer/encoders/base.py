"""The encoder seam: text in, L2-normalised vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from indexer.documents import Span
from indexer.vectors import Vectors


class Encoder(Protocol):
    """Turns passages and queries into unit vectors of one model."""

    @property
    def name(self) -> str:
        """The model's name or path, as the user gave it."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of all that decides a vector: weights, tokenizer, pooling, prompts."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads, special tokens included; the rest is cut off."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the model's own tokenizer, special tokens left out."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32[len(texts), dimension], each of length one."""

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages as `encode_passages` makes them, and of the sentences of each.

        `sentences` are spans of the passage's text as it is given here, title and all. Their
        vectors are float32[len(sentences[i]), dimension], of length one; zero where the model
        does not tell, or did not read that far.
        """

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries: float32[len(texts), dimension], each of length one."""


def well_formed(text: str) -> str:
    """`text` with "?" for each lone surrogate, which no tokenizer reads and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
