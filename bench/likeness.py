"""How near recombined passages come to real ones: `python -m bench.likeness DIR…`.

Compared are the cosines of passages to their nearest passage, those of real questions to their
nearest passages, the frequencies of words and the length of passages, always among equally many.
What the interpolation of vectors is worth is told by encoding some of the passages for real.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.corpus import Entry, Recombination, real
from bench.inputs import DIRECTORIES, open_inputs
from bench.questions import questions
from bench.texts import Texts
from indexer.chunking import embedding_text
from indexer.encoders.base import Encoder
from indexer.vectors import Vectors

NOISES = (0.0, 0.25, 0.5, 0.75)
QUESTIONS = 500
ENCODED = 200
SHARES = (10, 50, 90)


def taken(entries: Iterator[Entry], passages: int) -> list[Entry]:
    """The first articles with so many passages."""
    found, written = [], 0
    while written < passages and (entry := next(entries, None)):
        found.append(entry)
        written += len(entry.passages)
    return found


def vectors_of(entries: Sequence[Entry]) -> Vectors:
    """The vectors of all their passages."""
    return np.concatenate([entry.vectors for entry in entries])


def nearest(vectors: Vectors, asked: Vectors | None = None) -> NDArray[np.float32]:
    """The best cosine of every question, or of every vector to another one."""
    rows = vectors if asked is None else asked
    best = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 1024):
        cosines = rows[start : start + 1024] @ vectors.T
        if asked is None:
            cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2
        best[start : start + 1024] = cosines.max(axis=1)
    return best


def show_cosines(console: Console, texts: Texts, asked: Vectors) -> None:
    """Cosines to the nearest passage, by size and noise."""
    table = Table(title="cosine to the nearest passage: p10, median, p90")
    for column in ("", "passages", "of another passage", "of a question"):
        table.add_column(column, justify="right" if column else "left")
    everything = vectors_of(list(real(texts)))
    sizes = [len(everything) // 8, len(everything) // 2, len(everything)]
    for size in sizes:
        _row(table, "real", everything[:size], asked)
    for noise in NOISES:
        for size in sizes[-1:] if noise != NOISES[2] else sizes:
            made_up = Recombination(texts, noise).entries()
            _row(table, f"recombined, noise {noise}", vectors_of(taken(made_up, size)), asked)
    console.print(table)


def _row(table: Table, name: str, vectors: Vectors, asked: Vectors) -> None:
    shown = [
        ", ".join(f"{value:.2f}" for value in np.percentile(best, SHARES))
        for best in (nearest(vectors), nearest(vectors, asked))
    ]
    table.add_row(name, f"{len(vectors):,}", *shown)


def show_interpolation(console: Console, texts: Texts, encoder: Encoder) -> None:
    """Cosines of interpolated vectors, without noise, with what the model makes of the passages."""
    entries = list(islice(Recombination(texts, 0.0).entries(), ENCODED // 5))
    fed = [
        embedding_text(entry.article.title, passage.text)
        for entry in entries
        for passage in entry.passages
    ]
    cosines = np.einsum("ij,ij->i", vectors_of(entries), encoder.encode_passages(fed))
    shown = ", ".join(f"{value:.3f}" for value in np.percentile(cosines, SHARES))
    console.print(f"Interpolated against encoded, {len(fed)} passages: {shown} (p10, median, p90)")


def show_words(console: Console, texts: Texts, encoder: Encoder) -> None:
    """How often words come, and how long passages are."""
    table = Table(title="words of as many passages")
    for column in ("", "passages", "tokens each", "words", "first 100", "once"):
        table.add_column(column, justify="right" if column else "left")
    size = len(texts.pieces)
    for name, entries in (("real", real(texts)), ("recombined", Recombination(texts).entries())):
        found = [p.text for entry in taken(entries, size) for p in entry.passages]
        counts = Counter(word for text in found for word in text.lower().split())
        total = counts.total()
        frequent = sum(count for _, count in counts.most_common(100)) / total
        once = sum(count == 1 for count in counts.values()) / len(counts)
        tokens = np.mean(encoder.count_tokens(found[:5000]))
        row = (f"{len(found):,}", f"{tokens:.0f}", f"{len(counts):,}")
        table.add_row(name, *row, f"{frequent:.1%}", f"{once:.1%}")
    console.print(table)


def show_questions(console: Console, asked: Sequence[str], encoder: Encoder) -> None:
    """How long questions are."""
    tokens = np.array(encoder.count_tokens(asked)) + 2
    shown = ", ".join(f"{value:.0f}" for value in np.percentile(tokens, (10, 50, 90, 99)))
    console.print(f"Tokens of {len(asked):,} questions: {shown} (p10, median, p90, p99)")


@click.command(help=__doc__)
@DIRECTORIES
def main(directories: tuple[Path, ...]) -> None:
    console = Console()
    texts, encoder = open_inputs(directories)
    asked = questions(directories, QUESTIONS)
    show_questions(console, asked, encoder)
    show_questions(console, questions(directories, 20_000), encoder)
    show_interpolation(console, texts, encoder)
    show_words(console, texts, encoder)
    show_cosines(console, texts, encoder.encode_queries(asked))


if __name__ == "__main__":
    main()
