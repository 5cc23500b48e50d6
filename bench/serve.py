"""How near a served search comes to encoding its query bare: `python -m bench.serve`.

The sample articles are indexed, served by gunicorn with one worker, and asked 200 questions one
after the other. Blocks of ten questions alternate with the bare graph on the same tokens, in
float32 and as queries are encoded, so that whatever else the machine does meets all; question by
question, each process would find the weights pushed out of the processor's cache by the other.
Takes about a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.bare import Bare
from bench.inputs import open_encoder
from bench.serving import client_of, dateline, memory, search_path
from bench.timing import milliseconds, percentile
from indexer.settings import Precision, query_precision

SEEDS = Path(__file__).parent.parent / "seeds"
PORT = 8765
STARTS = 5
QUESTIONS = 200
BLOCK = 10


def main() -> None:
    """Print the table."""
    console = Console()
    with tempfile.TemporaryDirectory() as directory:
        console.print("Indexing the sample articles …")
        command = [sys.executable, "-m", "api.cli", "index", str(SEEDS / "articles")]
        subprocess.run([*command, "--index", directory], check=True, capture_output=True)
        precision = query_precision()
        bare = Bare(), Bare(open_encoder(threads=1, precision=precision))
        console.print(f"Starting the server {STARTS} times …")
        starts = [_start_seconds(Path(directory)) for _ in range(STARTS)]
        console.print(f"Asking {QUESTIONS} questions …")
        with dateline(Path(directory), PORT, workers=1) as server:
            spent = _ask(*bare, _questions())
            resident = memory(server.workers()).resident
    console.print(_table(starts, resident, precision, spent))


def _questions() -> list[str]:
    """Questions no cache has seen: the sample queries, each with a word of its own."""
    asked = [json.loads(line)["text"] for line in (SEEDS / "queries.jsonl").open()]
    return [f"{asked[number % len(asked)]} {number}" for number in range(QUESTIONS)]


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds by question: of the bare graphs, of `GET /search` and of `GET /healthz`."""

    float32: list[float] = field(default_factory=list)
    as_served: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    alive: list[float] = field(default_factory=list)


def _ask(bare: Bare, as_served: Bare, questions: list[str]) -> Spent:
    spent = Spent()
    with client_of(PORT) as client:
        for start in range(0, len(questions), BLOCK):
            block = questions[start : start + BLOCK]
            spent.float32.extend(bare.milliseconds(block))
            spent.as_served.extend(as_served.milliseconds(block))
            paths = [search_path(question) for question in block]
            spent.search.extend(milliseconds(partial(client.get, path)) for path in paths)
            spent.alive.extend(milliseconds(partial(client.get, "/healthz")) for _ in block)
    return spent


def _start_seconds(index: Path) -> float:
    with dateline(index, PORT, workers=1) as server:
        return server.seconds


def _table(starts: list[float], resident: float, precision: Precision, spent: Spent) -> Table:
    table = Table("", "p50", "p95", "target", title="Serving the sample articles, one worker")
    for name, values, target in (
        ("bare graph in float32, one query, ms", spent.float32, ""),
        (f"bare graph as served, {precision}, ms", spent.as_served, ""),
        ("GET /search, ms", spent.search, ""),
        ("GET /healthz: what HTTP alone takes, ms", spent.alive, ""),
        ("exec to ready, s", starts, "<= 2"),
    ):
        table.add_row(name, f"{median(values):.2f}", f"{percentile(values, 0.95):.2f}", target)
    for name, bare, target in (
        ("float32", spent.float32, "<= 3"),
        ("as served", spent.as_served, ""),
    ):
        over = median(spent.search) - median(bare)
        table.add_row(f"/search over the bare graph {name}, ms", f"{over:.2f}", "", target)
    table.add_row("resident after all questions, MB", f"{resident:.0f}", "", "<= 350")
    return table


if __name__ == "__main__":
    main()
