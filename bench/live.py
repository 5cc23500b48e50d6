"""Changing an index while it is searched: `python -m bench.live INDEX DIR…`.

INDEX is any index that `bench.build` made; a copy of it is changed. Two workers serve that and
several clients ask questions of the collections in DIR… all the time, first in quiet. Then articles
are put over HTTP, corrected and withdrawn, one after the other, and halfway the index is compacted.
An article counts as searchable once a word that only this version has is found over several new
connections in a row, so by both workers. `bench.witness` looks through all answers of that time.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console

from bench.inputs import DIRECTORIES
from bench.load import Load, RunningLoad, load
from bench.questions import questions
from bench.serving import Client, Server, client_of, dateline, search_path
from bench.tables import show_live
from bench.timing import Spread, spread
from bench.witness import Seen, Version, look_through

PORT = 8768
KEY = "a-key-of-the-benchmark"
PUTS = 200
DELETES = 50
NEW = 150
CONNECTIONS = 4
QUIET_SECONDS = 30
IN_A_ROW = 6
PATIENCE = 60
POLL_SECONDS = 0.02
QUESTIONS_EACH = 12


@dataclass(frozen=True, slots=True)
class Writing:
    """Seconds until a put was answered, until it was found, and until a withdrawn one was not.

    `refused` are the statuses of writes that were not accepted.
    """

    answered: list[float] = field(default_factory=list)
    searchable: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured: seconds of writes, milliseconds of searches in quiet and meanwhile."""

    answered: Spread
    searchable: Spread
    gone: Spread
    refused: int
    compaction: float
    quiet: Spread
    meanwhile: Spread
    failed: int
    seen: Seen
    load: Load


def versions(asked: Sequence[str]) -> list[Version]:
    """All that will be put: new articles, then corrections of the first half of them."""
    chance = random.Random(0)
    places = [*range(NEW), *(chance.randrange(NEW // 2) for _ in range(PUTS - NEW))]
    return [
        Version(f"live-{place}", number, tuple(chance.sample(list(asked), QUESTIONS_EACH)))
        for number, place in enumerate(places)
    ]


def write(server: Server, index: Path, put: Sequence[Version]) -> tuple[Writing, float]:
    """Put and withdraw everything; what that took, and the seconds of the compaction."""
    writing = Writing()
    # Those that are never corrected are withdrawn, the newest first.
    leaving = iter(put[NEW - DELETES : NEW][::-1])
    with client_of(server.port) as client, ThreadPoolExecutor(1) as beside:
        compaction: Future[float] | None = None
        for number, version in enumerate(put):
            if number == PUTS // 2:
                compaction = beside.submit(_compact, index)
            _put(server, client, version, writing)
            if number >= PUTS - DELETES:
                _withdraw(server, client, next(leaving), writing)
        assert compaction
        return writing, compaction.result()


def _compact(index: Path) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "api.cli", "compact", "--index", str(index)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _put(server: Server, client: Client, version: Version, writing: Writing) -> None:
    begun = time.perf_counter()
    path = f"/articles/{version.article_id}?wait=searchable"
    _send(client, "PUT", path, version.body(), writing)
    writing.answered.append(time.perf_counter() - begun)
    _until(server, version, wanted=1)
    writing.searchable.append(time.perf_counter() - begun)


def _withdraw(server: Server, client: Client, version: Version, writing: Writing) -> None:
    begun = time.perf_counter()
    _send(client, "DELETE", f"/articles/{version.article_id}?wait=searchable", None, writing)
    _until(server, version, wanted=0)
    writing.gone.append(time.perf_counter() - begun)


def _send(client: Client, method: str, path: str, body: bytes | None, writing: Writing) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    status, _ = client.send(method, path, body, headers)
    if not 200 <= status < 300:
        writing.refused.append(status)


def _until(server: Server, version: Version, wanted: int) -> None:
    """Wait until several connections in a row agree on how many passages hold the mark."""
    begun, agreeing = time.perf_counter(), 0
    while agreeing < IN_A_ROW:
        if time.perf_counter() - begun > PATIENCE:
            sys.exit(f"After {PATIENCE} s {version.mark} is still not as it should be.")
        if _found(server, version) == wanted:
            agreeing += 1
        else:
            agreeing = 0
            time.sleep(POLL_SECONDS)


def _found(server: Server, version: Version) -> int:
    path = f"{search_path(version.mark)}&mode=lexical&limit=1"
    with client_of(server.port) as client:
        hits = json.loads(client.get(path))["hits"]
    return sum(version.mark in hit["passage"]["text"] for hit in hits)


def paths(asked: Sequence[str], put: Sequence[Version], seed: int) -> list[str]:
    """What the clients ask: one question in four is one that articles being written contain."""
    chance = random.Random(seed)
    written = [question for version in put for question in version.asked]
    mixed = [*asked, *chance.sample(written, min(len(written), len(asked) // 3))]
    chance.shuffle(mixed)
    return list(map(search_path, mixed))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def measure(index: Path, asked: Sequence[str]) -> Figures:
    """Serve, in quiet and then with all the writing."""
    half = len(asked) // 2
    put = versions(asked[:500])
    with tempfile.TemporaryDirectory(dir=index.parent) as directory, ExitStack() as stack:
        kept, copy = Path(directory) / "answers.jsonl", Path(directory) / "index"
        shutil.copytree(index, copy)
        environ = {"DATELINE_WRITE_KEYS": KEY}
        server = stack.enter_context(dateline(copy, PORT, workers=2, environ=environ))
        load(PORT, paths(asked[:200], put, 0), CONNECTIONS, 5)
        quiet = load(PORT, paths(asked[:half], put, 1), CONNECTIONS, QUIET_SECONDS)
        running = RunningLoad(PORT, paths(asked[half:], put, 2), CONNECTIONS, 3600, kept)
        writing, compaction = write(server, copy, put)
        meanwhile = running.stop()
        seen = look_through(_lines(kept), put)
    return Figures(
        answered=spread(writing.answered),
        searchable=spread(writing.searchable),
        gone=spread(writing.gone),
        refused=len(writing.refused),
        compaction=compaction,
        quiet=spread(quiet.milliseconds),
        meanwhile=spread(meanwhile.milliseconds),
        failed=quiet.failed + meanwhile.failed,
        seen=seen,
        load=meanwhile,
    )


@click.command(help=__doc__)
@click.argument("index", type=click.Path(exists=True, path_type=Path))
@DIRECTORIES
@click.option("--out", default=".dateline/bench/live.json", type=click.Path(path_type=Path))
def main(index: Path, directories: tuple[Path, ...], out: Path) -> None:
    figures = measure(index, questions(directories, 20_000))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(figures)) + "\n")
    show_live(Console(width=250), out)


if __name__ == "__main__":
    main()
