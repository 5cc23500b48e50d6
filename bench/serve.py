"""How near a served search comes to encoding its query bare: `python -m bench.serve`.

The sample articles are indexed, served by gunicorn with one worker, and asked 200 questions one
after the other. Blocks of ten questions alternate with the bare graph on the same tokens, so that
whatever else the machine does meets both; question by question, each process would find the weights
pushed out of the processor's cache by the other. Takes about a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.bare import Bare
from bench.serving import client_of, dateline, memory, search_path
from bench.timing import milliseconds, percentile

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
        bare = Bare()
        console.print(f"Starting the server {STARTS} times …")
        starts = [_start_seconds(Path(directory)) for _ in range(STARTS)]
        console.print(f"Asking {QUESTIONS} questions …")
        with dateline(Path(directory), PORT, workers=1) as server:
            graph, served, alive = _ask(bare, _questions())
            resident = memory(server.workers()).resident
    console.print(_table(starts, resident, graph, served, alive))


def _questions() -> list[str]:
    """Questions no cache has seen: the sample queries, each with a word of its own."""
    asked = [json.loads(line)["text"] for line in (SEEDS / "queries.jsonl").open()]
    return [f"{asked[number % len(asked)]} {number}" for number in range(QUESTIONS)]


def _ask(bare: Bare, questions: list[str]) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of the bare graph, of `GET /search` and of `GET /healthz`, by question."""
    graph: list[float] = []
    served: list[float] = []
    alive: list[float] = []
    with client_of(PORT) as client:
        for start in range(0, len(questions), BLOCK):
            block = questions[start : start + BLOCK]
            graph += bare.milliseconds(block)
            paths = [search_path(question) for question in block]
            served += [milliseconds(partial(client.get, path)) for path in paths]
            alive += [milliseconds(partial(client.get, "/healthz")) for _ in block]
    return graph, served, alive


def _start_seconds(index: Path) -> float:
    with dateline(index, PORT, workers=1) as server:
        return server.seconds


def _table(
    starts: list[float],
    resident: float,
    graph: list[float],
    served: list[float],
    alive: list[float],
) -> Table:
    table = Table("", "p50", "p95", "target", title="Serving the sample articles, one worker")
    for name, values, target in (
        ("bare graph, one query, ms", graph, ""),
        ("GET /search, ms", served, ""),
        ("GET /healthz: what HTTP alone takes, ms", alive, ""),
        ("exec to ready, s", starts, "<= 2"),
    ):
        table.add_row(name, f"{median(values):.2f}", f"{percentile(values, 0.95):.2f}", target)
    over = median(served) - median(graph)
    table.add_row("the difference of the medians, ms", f"{over:.2f}", "", "<= 3")
    table.add_row("resident after all questions, MB", f"{resident:.0f}", "", "<= 350")
    return table


if __name__ == "__main__":
    main()
