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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psutil
from rich.console import Console
from rich.table import Table

from indexer.encoders import load_encoder
from indexer.encoders.onnx import OnnxEncoder
from indexer.settings import IndexerSettings

SEEDS = Path(__file__).parent.parent / "seeds"
PORT = 8765
STARTS = 5
QUESTIONS = 200
BLOCK = 10


def main() -> None:
    """Print the table."""
    console = Console()
    settings = IndexerSettings.from_environment()
    with tempfile.TemporaryDirectory() as directory:
        console.print("Indexing the sample articles …")
        command = [sys.executable, "-m", "api.cli", "index", str(SEEDS / "articles")]
        subprocess.run([*command, "--index", directory], check=True, capture_output=True)
        encoder = load_encoder(settings.model, settings.cache_dir, threads=1)
        if not isinstance(encoder, OnnxEncoder):
            sys.exit("The model could not be exported, so there is no bare graph to compare with.")
        console.print(f"Starting the server {STARTS} times …")
        starts = [_start_seconds(directory) for _ in range(STARTS)]
        console.print(f"Asking {QUESTIONS} questions …")
        with _serving(directory) as (server, _):
            bare, served, alive = _ask(encoder, _questions())
            resident = _worker(server).memory_info().rss / 2**20
    console.print(_table(starts, resident, bare, served, alive))


def _questions() -> list[str]:
    """Questions no cache has seen: the sample queries, each with a word of its own."""
    asked = [json.loads(line)["text"] for line in (SEEDS / "queries.jsonl").open()]
    return [f"{asked[number % len(asked)]} {number}" for number in range(QUESTIONS)]


def _ask(
    encoder: OnnxEncoder, questions: list[str]
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of the bare graph, of `GET /search` and of `GET /healthz`, by question."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
    bare: list[float] = []
    served: list[float] = []
    alive: list[float] = []
    for start in range(0, len(questions), BLOCK):
        block = questions[start : start + BLOCK]
        inputs = [batch.inputs for question in block for batch in encoder.token_batches([question])]
        bare += [_milliseconds(partial(encoder.session.run, None, each)) for each in inputs]
        paths = [f"/search?include_weak=true&q={quote(question)}" for question in block]
        served += [_milliseconds(partial(_get, connection, path, b'"rank":1,')) for path in paths]
        alive += [_milliseconds(partial(_get, connection, "/healthz", b"alive")) for _ in block]
    return bare, served, alive


def _milliseconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


def _get(connection: HTTPConnection, path: str, wanted: bytes) -> None:
    connection.request("GET", path)
    response = connection.getresponse()
    if wanted not in response.read():
        sys.exit(f"The server answered {response.status} to {path}.")


def _start_seconds(index: str) -> float:
    with _serving(index) as (_, seconds):
        return seconds


@contextmanager
def _serving(index: str) -> Iterator[tuple[psutil.Process, float]]:
    """A server over `index`, and the seconds from its exec to its first readiness."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "api.cli", "serve", "--index", index, "--port", str(PORT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not _is_ready():
            if process.poll() is not None or time.perf_counter() - begun > 60:
                sys.exit(f"The server did not come up on port {PORT}.")
            time.sleep(0.01)
        yield psutil.Process(process.pid), time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_ready() -> bool:
    connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()


def _worker(server: psutil.Process) -> psutil.Process:
    [worker] = server.children()
    return worker


def _table(
    starts: list[float],
    resident: float,
    bare: list[float],
    served: list[float],
    alive: list[float],
) -> Table:
    table = Table("", "p50", "p95", "target", title="Serving the sample articles, one worker")
    for name, values, target in (
        ("bare graph, one query, ms", bare, ""),
        ("GET /search, ms", served, ""),
        ("GET /healthz: what HTTP alone takes, ms", alive, ""),
        ("exec to ready, s", starts, "<= 2"),
    ):
        table.add_row(name, f"{median(values):.2f}", f"{_percentile(values):.2f}", target)
    over = median(served) - median(bare)
    table.add_row("the difference of the medians, ms", f"{over:.2f}", "", "<= 3")
    table.add_row("resident after all questions, MB", f"{resident:.0f}", "", "<= 350")
    return table


def _percentile(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    main()
