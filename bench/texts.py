"""The texts large corpora are made of: passages and sentences of real collections, encoded once.

A collection is a directory with `corpus.jsonl` and `queries.jsonl` in the layout of BEIR. It is
read in place. What the model makes of it is kept in the cache directory, by model and texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from indexer.chunking import Chunker, embedding_text
from indexer.documents import Article, Passage, Span
from indexer.encoders.base import Encoder
from indexer.engines.manifest import ChunkingCard
from indexer.loaders import Problem, find_files, load_file
from indexer.sentence_vectors import within
from indexer.sentences import sentences
from indexer.vectors import Vectors

CHUNKING = ChunkingCard(tokens=128, overlap=0)
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of an article, what the model is fed for it, and its sentences within it."""

    article: Article
    passage: Passage
    fed: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Passages in order, their vectors, and those of their sentences.

    The sentences of passage p are the rows `first[p]:first[p + 1]` of `sentence_vectors`,
    float32[n, dimension]: the mean of a sentence's tokens where it stands. `tokens` is what each
    sentence costs the model.
    """

    pieces: list[Piece]
    vectors: Vectors
    sentence_vectors: Vectors
    tokens: NDArray[np.int64]
    first: NDArray[np.int64]


def read_texts(directories: Sequence[Path], encoder: Encoder, cache: Path) -> Texts:
    """Chunk and encode all articles of collections as `dateline index` does."""
    pieces = list(chunked(directories, encoder))
    texts = [span.of(piece.passage.text) for piece in pieces for span in piece.spans]
    first = np.cumsum([0, *(len(piece.spans) for piece in pieces)])
    passages, sentence_vectors = _encoded(pieces, encoder, cache / "bench")
    tokens = np.array(encoder.count_tokens(texts), np.int64)
    return Texts(pieces, passages, sentence_vectors, tokens, first)


def articles_in(path: Path) -> Iterator[Article]:
    """The articles of one file, as the loaders read them; whatever is amiss ends the run."""
    for file in find_files([path]).files:
        for found in load_file(file):
            if isinstance(found, Problem):
                raise click.ClickException(f"{found.where}: {found.reason}")
            yield found.article


def chunked(directories: Sequence[Path], encoder: Encoder) -> Iterator[Piece]:
    """Every passage of the articles of collections, cut as `dateline index` does it."""
    chunker = Chunker(encoder.count_tokens, CHUNKING.tokens, CHUNKING.overlap)
    for directory in directories:
        for found in articles_in(directory / "corpus.jsonl"):
            # Collections use the same ids for different articles.
            article = replace(found, id=f"{directory.name}/{found.id}")
            prefix = chunker.prefix(article.headline)
            known = sentences(article.text, article.language)
            for passage in chunker.chunk(article):
                spans = within(known, Span(passage.start, passage.end))
                yield Piece(article, passage, embedding_text(prefix, passage.text), tuple(spans))


def _encoded(pieces: Sequence[Piece], encoder: Encoder, cache: Path) -> tuple[Vectors, Vectors]:
    """Vectors of passages and of all their sentences, from the cache if they are there."""
    digest = hashlib.sha256(encoder.fingerprint.encode())
    for piece in pieces:
        digest.update(f"{piece.fed}\0{piece.spans}\0".encode())
    path = cache / f"{digest.hexdigest()[:16]}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _encode(pieces, encoder, path)
    with np.load(path) as kept:
        return _unit(kept["passages"]), _unit(kept["sentences"])


def _encode(pieces: Sequence[Piece], encoder: Encoder, path: Path) -> None:
    passages, own = [], []
    for start in range(0, len(pieces), _BATCH):
        click.echo(f"\r  encoding {start:,} of {len(pieces):,} passages", err=True, nl=False)
        batch = pieces[start : start + _BATCH]
        vectors, pooled = encoder.encode_with_sentences(
            [piece.fed for piece in batch], [_shifted(piece) for piece in batch]
        )
        passages.append(vectors.astype(np.float16))
        own += [each.astype(np.float16) for each in pooled]
    click.echo(err=True)
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, passages=np.concatenate(passages), sentences=np.concatenate(own))
    partial.rename(path)


def _shifted(piece: Piece) -> list[Span]:
    before = len(piece.fed) - len(piece.passage.text)
    return [Span(span.start + before, span.end + before) for span in piece.spans]


def _unit(stored: NDArray[np.float16]) -> Vectors:
    vectors = stored.astype(np.float32)
    # A sentence the model did not read that far has the zero vector.
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors
