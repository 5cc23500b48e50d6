"""What an index costs as it grows: `python -m bench.scale DIR…`.

DIR… are collections; `bench.corpus` makes corpora of any size of their texts. For each size an
index is built, or the one in `--work` used again, and served. One client asks for hybrid searches
in blocks of ten that alternate with the bare float32 graph on the same questions; then many
clients put two workers under load, in turns with two processes of the bare graph. Figures go to
`--work` as JSON, one file a size; `python -m bench.report` makes tables and pictures of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, median

import click

from bench import bare
from bench.bare import Bare
from bench.build import Built
from bench.inputs import DIRECTORIES, open_encoder
from bench.load import load
from bench.questions import questions
from bench.recall import recall
from bench.serving import Client, Memory, client_of, dateline, memory, search_path
from bench.timing import Spread, milliseconds, spread
from indexer.engines.local import LocalEngine

PORT = 8766
BLOCK = 10
STARTS = 3
RECALLED = 300
DEPTH = 100
ROUNDS = 3
MODES = ("hybrid", "dense", "lexical")
# Questions to warm up with, and for each of the other modes.
AHEAD = 100


@dataclass(frozen=True, slots=True)
class Served:
    """Milliseconds of the bare graph and of searches by mode, for one client and one worker."""

    graph: Spread
    search: dict[str, Spread]
    start: float
    first_worker: Memory


@dataclass(frozen=True, slots=True)
class Loaded:
    """Two workers under load, and two processes of the bare graph: answers a second.

    `second_worker` is the private memory that a second worker adds, in MB: half of what two have,
    since one alone counts as its own every page of a file that it would share.
    """

    connections: int
    throughput: float
    graph_throughput: float
    under_load: Spread
    failed: int
    start: float
    workers: Memory
    second_worker: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured at one size."""

    built: Built
    recall_at_10: float
    served: Served
    loaded: Loaded


def built(size: int, work: Path, directories: Sequence[Path]) -> Built:
    """The index of this size, built unless it is there."""
    index, told = work / f"index-{size}", work / f"built-{size}.json"
    if not told.exists():
        command = [sys.executable, "-m", "bench.build", str(size), str(index)]
        printed = subprocess.run(
            [*command, *map(str, directories)], check=True, stdout=subprocess.PIPE
        )
        told.write_bytes(printed.stdout)
    return Built(**json.loads(told.read_text()))


def recalled(index: Path, asked: Sequence[str]) -> float:
    """Recall@10 of the dense candidates of one search, as served, for real questions."""
    vectors = open_encoder(threads=0).encode_queries(asked)
    with closing(LocalEngine(index).snapshot()) as snapshot:
        return recall(snapshot, vectors, DEPTH)


def served(index: Path, asked: Sequence[str]) -> Served:
    """One client and one worker, in turns with the bare graph; no question is asked twice."""
    warming, *others = (asked[place * AHEAD : (place + 1) * AHEAD] for place in range(len(MODES)))
    graph = Bare()
    taken: dict[str, list[float]] = {mode: [] for mode in ("bare", *MODES)}
    starts = [_start(index) for _ in range(STARTS - 1)]
    with dateline(index, PORT, workers=1) as server, client_of(PORT) as client:
        graph.milliseconds(warming)
        _asked(client, warming, "hybrid")
        for start in range(len(MODES) * AHEAD, len(asked), BLOCK):
            block = asked[start : start + BLOCK]
            taken["bare"] += graph.milliseconds(block)
            taken["hybrid"] += _asked(client, block, "hybrid")
        for mode, own in zip(MODES[1:], others, strict=True):
            taken[mode] += _asked(client, own, mode)
        first = memory(server.workers())
        starts.append(server.seconds)
    spreads = {name: spread(values) for name, values in taken.items()}
    return Served(spreads.pop("bare"), spreads, median(starts), first)


def loaded(index: Path, asked: Sequence[str], connections: int, seconds: float) -> Loaded:
    """Two workers under load, in turns with two processes of the bare graph."""
    paths = [search_path(question) for question in asked]
    loads, graph = [], []
    with dateline(index, PORT, workers=2) as server:
        load(PORT, paths[:AHEAD], connections, seconds / 4)
        share = (len(paths) - AHEAD) // ROUNDS
        for number in range(ROUNDS):
            own = slice(AHEAD + number * share, AHEAD + (number + 1) * share)
            loads.append(load(PORT, paths[own], connections, seconds))
            graph.append(bare.throughput(asked[own], 2, seconds))
        workers = memory(server.workers())
        return Loaded(
            connections=connections,
            throughput=fmean(each.throughput for each in loads),
            graph_throughput=fmean(graph),
            under_load=spread([value for each in loads for value in each.milliseconds]),
            failed=sum(each.failed for each in loads),
            start=server.seconds,
            workers=workers,
            second_worker=workers.private / 2,
        )


def _start(index: Path) -> float:
    with dateline(index, PORT, workers=1) as server:
        return server.seconds


def _asked(client: Client, asked: Sequence[str], mode: str) -> list[float]:
    paths = [f"{search_path(question)}&mode={mode}" for question in asked]
    return [milliseconds(partial(client.get, path)) for path in paths]


def measure(
    size: int, work: Path, directories: Sequence[Path], asking: int, connections: int, seconds: int
) -> Figures:
    """Everything at one size."""
    index = work / f"index-{size}"
    told = built(size, work, directories)
    # The bare graph of two processes makes 350 a second at best.
    alone_for = len(MODES) * AHEAD + asking
    asked = questions(directories, alone_for + AHEAD + 350 * ROUNDS * seconds)
    one, many = asked[:alone_for], asked[alone_for:]
    share = recalled(index, one[:RECALLED])
    alone = served(index, one)
    return Figures(told, share, alone, loaded(index, many, connections, seconds))


@click.command(help=__doc__)
@DIRECTORIES
@click.option("--sizes", default="10000,100000,1000000", show_default=True, help="Passages.")
@click.option("--work", default=".dateline/bench", type=click.Path(path_type=Path))
@click.option("--questions", "asking", default=1000, show_default=True, help="For one client.")
@click.option("--connections", default=8, show_default=True, help="Of the load.")
@click.option("--seconds", default=20, show_default=True, help="Of each of its three rounds.")
def main(
    directories: tuple[Path, ...],
    sizes: str,
    work: Path,
    asking: int,
    connections: int,
    seconds: int,
) -> None:
    work.mkdir(parents=True, exist_ok=True)
    for size in map(int, sizes.split(",")):
        click.echo(f"{size:,} passages …", err=True)
        figures = measure(size, work, directories, asking, connections, seconds)
        (work / f"scale-{size}.json").write_text(json.dumps(asdict(figures), indent=1) + "\n")


if __name__ == "__main__":
    main()
