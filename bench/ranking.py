"""What ranking adds to candidate retrieval, on an index of 100,000 passages.

    python -m bench.ranking [--passages N] [--index DIR]

The articles are random words of Zipf's frequencies with random vectors: what is timed depends on
how many candidates and terms there are, and not on what they mean. `--index` keeps the index for
the next run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.search.method import Method
from api.search.page import page
from api.search.pool import Sought, by_meaning, by_words, joined
from api.search.query import Query
from api.search.query_vectors import known
from api.search.reading import read
from api.search.search import Search
from api.search.weights import Weights
from indexer.documents import Article, Passage
from indexer.engines.base import EVERYTHING, Snapshot
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.errors import IndexMissing
from indexer.vectors import Vectors

DIMENSION = 384
PASSAGES_EACH = 5
WORDS_EACH = 90
VOCABULARY = 60_000
QUERIES = 300


def newsroom(passages: int) -> Iterator[tuple[Article, list[Passage], Vectors]]:
    chance = np.random.default_rng(1)
    frequencies = 1 / np.arange(1, VOCABULARY + 1)
    frequencies /= frequencies.sum()
    for number in range(passages // PASSAGES_EACH):
        drawn = chance.choice(VOCABULARY, (PASSAGES_EACH, WORDS_EACH), p=frequencies)
        lines = [" ".join(f"w{word}" for word in row) for row in drawn.tolist()]
        article = Article(str(number), lines[0][:60], "\n".join(lines), language="en")
        found, start = [], 0
        for n, line in enumerate(lines):
            found.append(Passage(f"{number}#{n}", article.id, line, start, start + len(line)))
            start += len(line) + 1
        vectors = chance.standard_normal((PASSAGES_EACH, DIMENSION)).astype(np.float32)
        yield article, found, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def opened(directory: Path, passages: int, model: str) -> Snapshot:
    """The index in `directory`, built when there is none."""
    engine = LocalEngine(directory)
    try:
        return engine.snapshot()
    except IndexMissing:
        with engine.draft(ModelCard("random", model, DIMENSION), ChunkingCard(128, 0)) as draft:
            total = passages // PASSAGES_EACH
            for entry in track(newsroom(passages), "building the index", total=total):
                draft.add(*entry)
            draft.publish()
        return engine.snapshot()


def measure(snapshot: Snapshot, method: Method) -> dict[str, list[float]]:
    """Milliseconds of each stage for every query, one stage after the other on each."""
    chance = np.random.default_rng(2)
    spent: dict[str, list[float]] = {"retrieval": [], "ranking": [], "whole search": []}
    for _ in range(QUERIES):
        # Words as questions have them: some frequent, most of middling rarity.
        ranks = np.unique((10 ** chance.uniform(1.5, 4.5, 8)).astype(int))
        query = Query(" ".join(f"w{rank}" for rank in ranks), include_weak=True)
        vector = chance.standard_normal(DIMENSION).astype(np.float32)
        vector /= np.linalg.norm(vector)
        reading = read(query)
        search = Search(method, snapshot, query, reading, known(vector), rerank_by=0.0)
        sought = Sought(known(vector), reading.words, EVERYTHING)

        began = time.perf_counter()
        dense = by_meaning(snapshot, sought, method.depth)
        lexical = by_words(snapshot, sought, method.depth)
        retrieved = time.perf_counter()
        search.scored(joined(snapshot, sought, dense, lexical))
        ranked = time.perf_counter()
        page(search, 0, search.snapshot)
        ended = time.perf_counter()
        spent["retrieval"].append((retrieved - began) * 1000)
        spent["ranking"].append((ranked - retrieved) * 1000)
        spent["whole search"].append((ended - ranked) * 1000)
    return spent


@click.command()
@click.option("--passages", default=100_000, show_default=True)
@click.option("--index", "directory", type=click.Path(path_type=Path))
def main(passages: int, directory: Path | None) -> None:
    """Time retrieval, and ranking over it."""
    method = Method(Weights.read())
    with TemporaryDirectory(prefix="dateline-") as temporary:
        snapshot = opened(directory or Path(temporary), passages, method.weights.model)
        measure(snapshot, method)  # once to warm up
        spent = measure(snapshot, method)
    table = Table("milliseconds", "p50", "p95", title=f"{snapshot.manifest.passages:,} passages")
    for name, values in spent.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        table.add_row(name, f"{statistics.median(values):.2f}", f"{p95:.2f}")
    Console().print(table)
    Console().print(
        "Retrieval is the exact scan and BM25, 100 candidates each. Ranking is what evidence, "
        "fusion and relevance add to it (target: at most 1.5 at p50)."
    )


if __name__ == "__main__":
    main()
