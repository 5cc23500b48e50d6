"""What approximate search costs and finds: `python -m bench.nearest --passages 100000`.

Without `--texts`, vectors lie around random centres, a hundred to a centre, with as much length
away from it as along it (cosine of two of one centre: about .5); queries are more of the same.

With `--texts DIR`, a folder in the BEIR layout (or of such folders), passages and queries are
encoded by the configured model. Each vector is a point between a real passage and one of its 16
nearest, moved `BLENDED` towards a third passage anywhere and a little at random, so that a million
of them fill the space as real ones do. The queries are the real questions.

Every search is timed on one thread, in turn with an exact scan of the same rows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from indexer.encoders import load_encoder
from indexer.engines.local.dense import NEAREST, Allowed, DenseReader, DenseWriter
from indexer.engines.local.nearest import build
from indexer.engines.local.segment import DENSE
from indexer.engines.manifest import NearestCard
from indexer.settings import IndexerSettings
from indexer.vectors import Vectors

DIMENSION = 384
A_CENTRE = 100
BLENDED = 0.4
NEIGHBOURS = 16
TEXTS, CHARACTERS = 5_000, 350
QUERIES = 100
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Built:
    """What building took: seconds, and the most that was resident, in bytes."""

    card: NearestCard
    seconds: float
    resident: int


@dataclass(frozen=True, slots=True)
class Search:
    """A kind of search: what it is called, how many are wanted, and of which rows."""

    name: str
    depth: int
    allowed: Allowed | None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--texts", type=Path, help="a folder in the BEIR layout, or of such")
    asked = parser.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / DENSE
        console.print(f"Making {asked.passages:,} vectors …")
        queries = _make(path, asked.passages, asked.texts)
        console.print("Building …")
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawning) as pool:
            built = pool.submit(measured_build, path).result()
        console.print(_built_table(built, path))
        console.print(_search_table(path, built.card, queries))


def measured_build(path: Path) -> Built:
    """Build beside `path`, in a process that has done nothing else."""
    begun = time.perf_counter()
    card = build(DenseReader(path), path.with_name(NEAREST))
    seconds = time.perf_counter() - begun
    return Built(card, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _make(path: Path, count: int, texts: Path | None) -> Vectors:
    """Write the vectors, and return the queries."""
    if texts:
        passages, queries = _encoded(texts)
        _write(path, blended(passages, count))
        return queries
    _write(path, clustered(count, seed=1))
    # Around the same centres, whose number depends on the count.
    return next(clustered(count, seed=2))[:QUERIES]


def _write(path: Path, batches: Iterator[Vectors]) -> None:
    writer = DenseWriter(path, DIMENSION)
    for vectors in batches:
        writer.add(vectors)
    writer.close()


def clustered(count: int, seed: int) -> Iterator[Vectors]:
    """Unit vectors around random centres, in batches; the centres are the same for every seed."""
    shape = (max(1, count // A_CENTRE), DIMENSION)
    centres = _unit(np.random.default_rng(0).standard_normal(shape, dtype=np.float32))
    chance = np.random.default_rng(seed)
    for size in _batches(count):
        around = _unit(chance.standard_normal((size, DIMENSION), dtype=np.float32))
        yield _unit(centres[chance.integers(len(centres), size=size)] + around)


def blended(passages: Vectors, count: int) -> Iterator[Vectors]:
    """Unit vectors between near passages, moved towards others and at random, in batches."""
    near = faiss.knn(passages, passages, NEIGHBOURS + 1, faiss.METRIC_INNER_PRODUCT)[1][:, 1:]
    chance = np.random.default_rng(1)
    for size in _batches(count):
        one, third = chance.integers(len(passages), size=(2, size))
        two = near[one, chance.integers(NEIGHBOURS, size=size)]
        way = chance.random((size, 1), dtype=np.float32)
        noise = _unit(chance.standard_normal((size, DIMENSION), dtype=np.float32))
        between = passages[one] * (1 - way) + passages[two] * way
        yield _unit(between + BLENDED * passages[third] + 0.3 * noise)


def _batches(count: int) -> Iterator[int]:
    for first in range(0, count, _BATCH):
        yield min(_BATCH, count - first)


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _encoded(texts: Path) -> tuple[Vectors, Vectors]:
    """Vectors of pieces of the passages and of questions, a random choice of each."""
    settings = IndexerSettings.from_environment()
    encoder = load_encoder(settings.model, settings.cache_dir)
    pieces = [
        text[first : first + CHARACTERS]
        for text in _texts(texts, "corpus.jsonl")
        for first in range(0, len(text), CHARACTERS)
    ]
    chance = np.random.default_rng(1)
    passages = chance.permutation(np.array(pieces))[:TEXTS].tolist()
    questions = chance.permutation(np.array(_texts(texts, "queries.jsonl")))[:QUERIES].tolist()
    return encoder.encode_passages(passages), encoder.encode_queries(questions)


def _texts(directory: Path, name: str) -> list[str]:
    files = sorted(directory.rglob(name))
    return [json.loads(line)["text"] for file in files for line in file.open(encoding="utf-8")]


def _searches(reader: DenseReader) -> Iterator[Search]:
    size = reader.size
    yield Search("all", 10, None)
    yield Search("all", 100, None)
    for share in (0.5, 0.05, 0.005):
        mask = np.random.default_rng(2).random(size) < share
        yield Search(f"{share:.1%} at random", 100, Allowed.of(mask))
    # As filters by language or section are: what is allowed lies together.
    anywhere = reader.vectors(0, 1)[0]
    for share in (0.5, 0.05):
        mask = np.zeros(size, np.bool_)
        mask[reader.search(anywhere, int(size * share)).handles] = True
        yield Search(f"the {share:.1%} nearest to one", 100, Allowed.of(mask))
    for depth in (1_600, 6_400, 25_600):
        if depth < size:
            yield Search("all", depth, None)


def _built_table(built: Built, path: Path) -> Table:
    card = built.card
    size = DenseReader(path).size
    table = Table("", "", title=f"Building for {size:,} × {DIMENSION}, {os.cpu_count()} cores")
    table.add_row("seconds, tuning included", f"{built.seconds:.0f}")
    table.add_row("peak resident, MB (mapped vectors included)", f"{built.resident / 2**20:.0f}")
    table.add_row("bytes a passage", f"{path.with_name(NEAREST).stat().st_size / size:.1f}")
    table.add_row("lists / probes / rescored", f"{card.lists} / {card.probes} / {card.rescored}")
    table.add_row("recall@10 by its card, held-out passages", f"{card.recall:.3f}")
    table.add_row("recall@100 by its card", f"{card.recall_at_100:.3f}")
    return table


def _search_table(path: Path, card: NearestCard, queries: Vectors) -> Table:
    near, scan = DenseReader(path, card), DenseReader(path)
    table = Table(title=f"{len(queries)} queries, one thread")
    for column in ("rows", "depth", "exact", "recall@10", "recall@depth", "p50 ms", "p95 ms"):
        table.add_column(column, justify="left" if column == "rows" else "right")
    table.add_column("scan p50 ms", justify="right")
    table.add_column("scan p95 ms", justify="right")
    for search in _searches(scan):
        table.add_row(*_measured(near, scan, search, queries))
    return table


def _measured(near: DenseReader, scan: DenseReader, search: Search, queries: Vectors) -> list[str]:
    seconds: list[tuple[float, float]] = []
    first_ten: list[float] = []
    whole: list[float] = []
    exact = 0
    near.search(queries[0], search.depth, search.allowed)
    for query in queries:
        begun = time.perf_counter()
        found = near.search(query, search.depth, search.allowed)
        between = time.perf_counter()
        true = scan.search(query, search.depth, search.allowed)
        seconds.append((between - begun, time.perf_counter() - between))
        exact += found.exact
        first_ten.append(np.isin(true.handles[:10], found.handles[:10]).mean())
        whole.append(np.isin(true.handles, found.handles).mean())
    times = np.percentile(np.array(seconds) * 1000, [50, 95], axis=0)
    shown = [f"{value:.2f}" for value in times.T.ravel()]
    found_shares = [f"{np.mean(first_ten):.3f}", f"{np.mean(whole):.3f}"]
    return [search.name, f"{search.depth:,}", f"{exact / len(queries):.0%}", *found_shares, *shown]


if __name__ == "__main__":
    main()
