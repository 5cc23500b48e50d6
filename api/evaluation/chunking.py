"""Running the chunking benchmark: the present chunker and model on its corpora."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from api.evaluation.running import Evaluator
from api.search.chunking_evaluation import (
    NEAREST,
    Figures,
    Piece,
    read_corpora,
    read_questions,
    retrieve,
    stretches,
)
from indexer.chunking import Chunker
from indexer.documents import Article, Span
from indexer.encoders.base import Encoder
from indexer.errors import DatelineError
from indexer.pipeline import Progress
from indexer.vectors import Vectors

_BATCH = 128


@dataclass(frozen=True, slots=True)
class Chunked:
    """The figures of one chunker, with the number and mean length of its passages."""

    figures: Figures
    questions: int
    retrieved: int
    passages: int
    mean_characters: float
    mean_tokens: float


def evaluate_chunking(directory: Path, evaluator: Evaluator) -> Chunked:
    """Chunk the corpora in `directory`, without titles, and retrieve for each of its questions.

    Raises DatelineError when the benchmark is incomplete or cannot be read.
    """
    corpora = read_corpora(directory)
    questions = read_questions(directory / "questions.jsonl")
    for question in questions:
        if question.corpus not in corpora:
            raise DatelineError(f"{directory}/corpora has no {question.corpus}.md.")
    encoder, chunking = evaluator.encoder, evaluator.chunking
    chunker = Chunker(encoder.count_tokens, chunking.tokens, chunking.overlap)
    pieces = [piece for name, text in corpora.items() for piece in _pieces(chunker, name, text)]
    vectors = _encode(encoder, [piece.text for piece in pieces], evaluator.progress)
    for done in encoder.learn([question.text for question in questions]):
        evaluator.progress("chunking: encoding questions", done, len(pieces))
    asked = encoder.encode_queries([question.text for question in questions])
    return Chunked(
        figures=retrieve(questions, pieces, asked, vectors),
        questions=len(questions),
        retrieved=NEAREST,
        passages=len(pieces),
        mean_characters=fmean(len(piece.text) for piece in pieces),
        mean_tokens=fmean(encoder.count_tokens([piece.text for piece in pieces])),
    )


def _pieces(chunker: Chunker, name: str, text: str) -> Iterator[Piece]:
    for stretch in stretches(text):
        article = Article(id=name, title="", text=stretch.of(text), language="en")
        for passage in chunker.chunk(article):
            span = Span(stretch.start + passage.start, stretch.start + passage.end)
            yield Piece(name, span, passage.text)


def _encode(encoder: Encoder, texts: list[str], progress: Progress) -> Vectors:
    batches = []
    for first in range(0, len(texts), _BATCH):
        progress("chunking: encoding", first / len(texts), first)
        batches.append(encoder.encode_passages(texts[first : first + _BATCH]))
    return np.concatenate(batches)
