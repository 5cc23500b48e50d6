"""How well passages fit the answers: recall, precision and IoU of the characters retrieved.

B. Smith, A. Troynikov: Evaluating Chunking Strategies for Retrieval, Chroma 2024. The measures are
taken over characters, for the nearest passages of all corpora together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from api.search.collection import read_records
from indexer.documents import Json, Span
from indexer.errors import DatelineError
from indexer.vectors import Vectors

NEAREST = 5
READ = 3_000
ARTICLE = 20_000
# Enough passages to fill READ characters.
_RANKED = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the characters of one corpus that answer it."""

    text: str
    corpus: str
    answer: frozenset[int]
    reach: Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of one corpus."""

    corpus: str
    span: Span
    text: str

    def shared(self, question: Question) -> set[int]:
        """The characters of the answer that are in this piece."""
        far = self.span.end <= question.reach.start or self.span.start >= question.reach.end
        if far or self.corpus != question.corpus:
            return set()
        return {c for c in question.answer if self.span.start <= c < self.span.end}


class Figures(NamedTuple):
    """The measures of one question, or their means: shares from 0 to 1."""

    recall: float
    """The share of the answer in the nearest passages."""
    precision: float
    """The share of the nearest passages that is answer."""
    iou: float
    """What answer and nearest passages share, of what is in either."""
    precision_omega: float
    """The precision if exactly the passages with a part of the answer were found."""
    recall_in_read: float
    """The share of the answer in the first READ characters of the ranking."""


def read_corpora(directory: Path) -> dict[str, str]:
    """The texts of `corpora/*.md` by name, line ends as they are; raises DatelineError."""
    texts: dict[str, str] = {}
    for path in sorted((directory / "corpora").glob("*.md")):
        try:
            texts[path.stem] = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise DatelineError(f"{path} cannot be read: {error}.") from None
    if not texts:
        raise DatelineError(f"{directory} has no corpora/*.md: it is no chunking benchmark.")
    return texts


def read_questions(path: Path) -> list[Question]:
    """The questions of a file of JSON lines; raises DatelineError naming what is wrong."""
    questions = [_question(where, record) for where, record in read_records(path)]
    if not questions:
        raise DatelineError(f"{path} has no questions.")
    return questions


def stretches(text: str) -> Iterator[Span]:
    """The text in stretches of article length, cut at line breaks."""
    start = end = 0
    for line in text.splitlines(keepends=True):
        if end - start + len(line) > ARTICLE and end > start:
            yield Span(start, end)
            start = end
        end += len(line)
    yield Span(start, end)


def measure(question: Question, ranked: Sequence[Piece], pieces: Sequence[Piece]) -> Figures:
    """The measures of one question; `ranked` are the nearest of `pieces`, best first."""
    near = ranked[:NEAREST]
    shared = len(set().union(*(piece.shared(question) for piece in near)))
    read = sum(len(piece.text) for piece in near)
    wanted = len(question.answer)
    needed = sum(len(piece.text) for piece in pieces if piece.shared(question))
    seen: set[int] = set()
    left = READ
    for piece in ranked:
        kept = Span(piece.span.start, min(piece.span.end, piece.span.start + left))
        seen |= Piece(piece.corpus, kept, "").shared(question)
        left -= kept.end - kept.start
    return Figures(
        recall=shared / wanted,
        precision=shared / read,
        iou=shared / (wanted + read - shared),
        precision_omega=wanted / needed if needed else 0.0,
        recall_in_read=len(seen) / wanted,
    )


def retrieve(
    questions: Sequence[Question],
    pieces: Sequence[Piece],
    question_vectors: Vectors,
    piece_vectors: Vectors,
) -> Figures:
    """The mean measures over all questions; vectors are float32[n, dimension], unit length."""
    scores = question_vectors @ piece_vectors.T
    nearest = np.argsort(-scores, axis=1, kind="stable")[:, :_RANKED]
    rows = [
        measure(question, [pieces[n] for n in order], pieces)
        for question, order in zip(questions, nearest, strict=True)
    ]
    return Figures(*(fmean(column) for column in zip(*rows, strict=True)))


def _question(where: str, record: dict[str, Json]) -> Question:
    match record:
        case {"text": str(text), "corpus_id": str(corpus), "references": [*references]}:
            answer = frozenset[int]().union(*(_range(where, each) for each in references))
            if answer:
                return Question(text, corpus, answer, Span(min(answer), max(answer) + 1))
    raise DatelineError(f'{where}: a question has "text", "corpus_id" and "references".')


def _range(where: str, reference: Json) -> range:
    match reference:
        case {"start_index": int(start), "end_index": int(end)}:
            return range(start, end)
    raise DatelineError(f'{where}: a reference has "start_index" and "end_index".')
