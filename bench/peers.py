"""Dateline beside other ways to the same answers: `python -m bench.peers DIR…`.

The first passages of the collections in DIR… are indexed by each, with the same model, and
all are served at once. The same questions, each asked once, go to one after the other in blocks of
ten; then each is put under load in turn. Compared with are the bare float32 graph, the
straightforward program (`bench.plain_server`) and, with `--txtai PYTHON`, txtai in an environment
of its own: `pip install 'txtai[api]==9.14.*'`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean

import click
from rich.console import Console

from bench import bare
from bench.bare import Bare
from bench.inputs import DIRECTORIES, open_encoder
from bench.load import load
from bench.programs import Peer, indexed, peers
from bench.questions import questions
from bench.serving import Client, Memory, Server, client_of, memory, serving
from bench.tables import BARE, show_peers
from bench.texts import chunked
from bench.timing import Spread, milliseconds, spread
from indexer.encoders.resolve import find_local
from indexer.settings import IndexerSettings

BLOCK = 10
WARMING = 30
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Running:
    """A program that serves, and how fast it indexed, in passages a second."""

    peer: Peer
    server: Server
    indexing: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """Answers a second, the mean over rounds, and how many were no answer in all of them."""

    throughput: float
    failed: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program did: ms of one client, a load, MB, seconds, passages a second.

    What does not apply to the bare graph is None.
    """

    search: Spread
    load: Loaded
    memory: Memory | None = None
    start: float | None = None
    indexing: float | None = None


def write_passages(directories: Sequence[Path], count: int, path: Path) -> int:
    """A file with the first passages of different texts, one a line; how many there are."""
    encoder = open_encoder(threads=1)
    texts = dict.fromkeys(piece.passage.text for piece in chunked(directories, encoder))
    lines = [
        json.dumps({"id": str(number), "text": text})
        for number, text in enumerate(islice(texts, count))
    ]
    path.write_text("\n".join(lines) + "\n")
    return len(lines)


def start(stack: ExitStack, peer: Peer, passages: int) -> Running:
    """Index, then serve until the stack is left."""
    speed = passages / indexed(peer)
    server = stack.enter_context(serving(peer.serve, peer.port, peer.ready, peer.environ))
    return Running(peer, server, speed)


def latencies(running: Sequence[Running], asked: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each, and of the bare graph, block by block."""
    graph = Bare()
    taken: dict[str, list[float]] = {BARE: [], **{each.peer.name: [] for each in running}}
    for first in range(0, len(asked), BLOCK):
        block = asked[first : first + BLOCK]
        taken[BARE] += graph.milliseconds(block)
        for each in running:
            # Some close a connection that was idle for the blocks of the others.
            with client_of(each.server.port) as client:
                taken[each.peer.name] += _ask(client, each.peer, block)
    return {name: values[WARMING:] for name, values in taken.items()}


def _ask(client: Client, peer: Peer, asked: Sequence[str]) -> list[float]:
    return [milliseconds(partial(client.get, peer.path(question))) for question in asked]


def loads(
    running: Sequence[Running], asked: Sequence[str], connections: int, seconds: float
) -> dict[str, Loaded]:
    """Throughput of each and of two processes of the bare graph, in turns."""
    speeds: dict[str, list[float]] = {BARE: [], **{each.peer.name: [] for each in running}}
    failed = dict.fromkeys(speeds, 0)
    for number in range(ROUNDS):
        own = asked[number::ROUNDS]
        speeds[BARE].append(bare.throughput(own, 2, seconds))
        for each in running:
            paths = list(map(each.peer.path, own))
            done = load(each.server.port, paths, connections, seconds)
            speeds[each.peer.name].append(done.throughput)
            failed[each.peer.name] += done.failed
    return {name: Loaded(fmean(values), failed[name]) for name, values in speeds.items()}


def told(
    running: Sequence[Running], taken: Mapping[str, list[float]], done: Mapping[str, Loaded]
) -> dict[str, Measured]:
    """All figures, while everything still runs."""
    known = {
        each.peer.name: (memory(each.server.tree()), each.server.seconds, each.indexing)
        for each in running
    }
    return {
        name: Measured(spread(values), done[name], *known.get(name, ()))
        for name, values in taken.items()
    }


@click.command(help=__doc__)
@DIRECTORIES
@click.option("--txtai", metavar="PYTHON", help="An interpreter that has txtai.")
@click.option("--passages", default=3000, show_default=True)
@click.option("--questions", "asking", default=500, show_default=True, help="For one client.")
@click.option("--connections", default=8, show_default=True, help="Of the load.")
@click.option("--seconds", default=10.0, show_default=True, help="Of each of its rounds.")
@click.option("--out", default=".dateline/bench/peers.json", type=click.Path(path_type=Path))
def main(
    directories: tuple[Path, ...],
    txtai: str | None,
    passages: int,
    asking: int,
    connections: int,
    seconds: float,
    out: Path,
) -> None:
    model = find_local(IndexerSettings.from_environment().model)
    if model is None:
        sys.exit("The model is not on this machine: the others need its files.")
    # More than are answered in the time, so that none is asked of the same program twice.
    asked = questions(directories, WARMING + asking + round(350 * seconds * ROUNDS))
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        file = Path(directory) / "passages.jsonl"
        size = write_passages(directories, passages, file)
        compared = peers(file, model.directory, Path(directory), txtai)
        running = [start(stack, peer, size) for peer in compared]
        taken = latencies(running, asked[: WARMING + asking])
        done = loads(running, asked[WARMING + asking :], connections, seconds)
        measured = told(running, taken, done)
    figures = {name: asdict(each) for name, each in measured.items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"passages": size, "programs": figures}, indent=1) + "\n")
    show_peers(Console(width=250), out)


if __name__ == "__main__":
    main()
