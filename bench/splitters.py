"""Compare our passages with LangChain's RecursiveCharacterTextSplitter at one mean length.

    pip install langchain-text-splitters==1.1.3
    python -m bench.splitters DIR

It is needed here only: install it into an environment of its own beside Dateline. DIR holds
`questions.jsonl` and `corpora/*.md` of Chroma's chunking benchmark (Smith and Troynikov,
"Evaluating Chunking Strategies for Retrieval", 2024). The measures are taken over tokens of the
model's own tokenizer, for the nearest passages of all corpora together. The chunk size of the
other splitter is tuned until its mean passage has as many tokens as ours. Differences are paired
by question; their intervals are percentile bootstraps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from statistics import fmean

import click
import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter
from numpy.typing import NDArray
from tokenizers import Tokenizer

from api.search.chunking_evaluation import (
    Piece,
    Question,
    read_corpora,
    read_questions,
    stretches,
)
from bench.chunking import MODEL
from indexer.chunking import Chunker
from indexer.documents import Article, Span
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.settings import DEFAULT_MODEL, IndexerSettings
from indexer.vectors import Vectors

BUDGETS = (64, 96, 128)
DEPTHS = (5, 10)
OVERLAPS = (0.0, 0.2)
RESAMPLES = 10_000
_BATCH = 128

Length = Callable[[str], int]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of all corpora by one splitter; `misplaced` lack their true start."""

    name: str
    pieces: list[Piece]
    mean_tokens: float
    misplaced: int = 0


class Benchmark:
    """The corpora and questions, tokenised, and the model that retrieves."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.texts = read_corpora(folder)
        self.encoder = encoder
        tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        tokenizer.no_truncation()
        self.starts = {name: token_starts(tokenizer, text) for name, text in self.texts.items()}
        # An answer is cut down to the characters that begin a token: counting those counts tokens.
        begins = {name: frozenset(starts) for name, starts in self.starts.items()}
        self.questions = [
            replace(question, answer=question.answer & begins[question.corpus])
            for question in read_questions(folder / "questions.jsonl")
        ]
        self.asked = encoder.encode_queries([question.text for question in self.questions])

    def tokens(self, piece: Piece) -> int:
        """How many tokens begin in a piece."""
        starts = self.starts[piece.corpus]
        return bisect_left(starts, piece.span.end) - bisect_left(starts, piece.span.start)

    def mean_tokens(self, pieces: Sequence[Piece]) -> float:
        """The mean length of pieces."""
        return fmean(self.tokens(piece) for piece in pieces)

    def measure(self, cut: Cut, depth: int) -> Shares:
        """Recall, precision and IoU of every question: float64[questions, 3]."""
        vectors = encode(self.encoder, [piece.text for piece in cut.pieces])
        nearest = np.argsort(-(self.asked @ vectors.T), axis=1, kind="stable")[:, :depth]
        return np.array(
            [
                self._shares(question, [cut.pieces[n] for n in order])
                for question, order in zip(self.questions, nearest, strict=True)
            ]
        )

    def _shares(self, question: Question, near: Sequence[Piece]) -> tuple[float, float, float]:
        shared = len(set().union(*(piece.shared(question) for piece in near)))
        read = sum(map(self.tokens, near))
        wanted = len(question.answer)
        return shared / wanted, shared / read, shared / (wanted + read - shared)


def token_starts(tokenizer: Tokenizer, text: str) -> list[int]:
    """Where each token of a text begins, in order."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return [start for start, _ in encoding.offsets]


def encode(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Unit vectors, float32[len(texts), dimension], kept in the cache batch by batch."""
    parts = []
    for first in range(0, len(texts), _BATCH):
        click.echo(f"\r  encoding {first} of {len(texts)}", err=True, nl=False)
        parts.append(encoder.encode_passages(texts[first : first + _BATCH]))
    return np.concatenate(parts)


def ours(bench: Benchmark, budget: int) -> Cut:
    """What Dateline makes of the corpora, without titles."""
    chunker = Chunker(bench.encoder.count_tokens, budget)
    pieces = [
        Piece(name, Span(part.start + passage.start, part.start + passage.end), passage.text)
        for name, text in bench.texts.items()
        for part in stretches(text)
        for passage in chunker.chunk(Article(id=name, title="", text=part.of(text), language="en"))
    ]
    return Cut(f"ours, {budget}", pieces, bench.mean_tokens(pieces))


def recursive(bench: Benchmark, unit: str, length: Length, share: float, size: int) -> Cut:
    """What the other splitter makes of the same stretches, in pieces of at most `size` units."""
    overlap = round(share * size)
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=overlap, length_function=length, add_start_index=True
    )
    pieces, misplaced = [], 0
    for name, text in bench.texts.items():
        for part in stretches(text):
            earliest = 0
            for found in splitter.create_documents([part.of(text)]):
                piece = found.page_content
                # Its pieces come in order, and without overlap have only white space between them.
                start = part.of(text).index(piece, earliest)
                misplaced += found.metadata["start_index"] != start
                earliest = start if overlap else start + len(piece)
                begin = part.start + start
                pieces.append(Piece(name, Span(begin, begin + len(piece)), piece))
    name = f"recursive, {size} {unit}, overlap {overlap}"
    return Cut(name, pieces, bench.mean_tokens(pieces), misplaced)


def tuned(cut: Callable[[int], Cut], wanted: float) -> Cut:
    """The cut whose mean length is nearest to `wanted` tokens; raises when it is 1 % off."""
    low, high, tried = 8, 4_096, []
    while low <= high:
        size = (low + high) // 2
        tried.append(cut(size))
        if tried[-1].mean_tokens < wanted:
            low = size + 1
        else:
            high = size - 1
    best = min(tried, key=lambda each: abs(each.mean_tokens - wanted))
    if abs(best.mean_tokens / wanted - 1) > 0.01:
        raise click.ClickException(f"{best.name} is not within 1 % of {wanted:.1f} tokens.")
    return best


def interval(differences: Shares) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of differences over questions."""
    drawn = np.random.default_rng(0).integers(len(differences), size=(RESAMPLES, len(differences)))
    low, high = np.percentile(differences[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def row(cut: Cut, shares: Shares, reference: Shares) -> str:
    """A line of the table, in percent; the differences are ours less this one."""
    cells = [cut.name, f"{len(cut.pieces):,}", f"{cut.mean_tokens:.1f}"]
    cells += [f"{100 * share:.1f}" for share in shares.mean(axis=0)]
    for column in (0, 2):
        gain = 100 * (reference[:, column] - shares[:, column])
        low, high = interval(gain)
        cells.append(f"{gain.mean():+.1f} ({low:+.1f} to {high:+.1f})" if gain.any() else "")
    return "| " + " | ".join(cells) + f" | {cut.misplaced:,} |"


@click.command(help=__doc__)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    settings = IndexerSettings.from_environment()
    model = load_encoder(DEFAULT_MODEL, settings.cache_dir, settings.threads)
    with closing(CachedEncoder(model, settings.cache_dir / "vectors.sqlite")) as encoder:
        bench = Benchmark(folder, encoder)
        # It asks for the length of the same words again and again.
        in_tokens = cache(lambda text: encoder.count_tokens([text])[0])
        units: tuple[tuple[str, Length], ...] = (("characters", len), ("tokens", in_tokens))
        cuts: list[list[Cut]] = []
        for budget in BUDGETS:
            mine = ours(bench, budget)
            others = [
                tuned(partial(recursive, bench, unit, length, share), mine.mean_tokens)
                for unit, length in units
                for share in OVERLAPS
            ]
            cuts.append([mine, *others])
        measures = "recall | precision | IoU | Δ recall | Δ IoU | misplaced"
        header = f"splitter | passages | tokens (mean) | {measures}"
        for depth in DEPTHS:
            click.echo(f"\n{depth} retrieved\n\n| {header} |\n|" + " --- |" * 9)
            for group in cuts:
                reference = bench.measure(group[0], depth)
                for cut in group:
                    click.echo(row(cut, bench.measure(cut, depth), reference))


if __name__ == "__main__":
    main()
