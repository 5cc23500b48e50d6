"""The programs that are compared: how each of them indexes and serves the same passages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import yaml

from bench.serving import search_path
from indexer.settings import IndexerSettings

PORT = 8770


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: how it indexes (printing the seconds, or timed as a whole) and serves."""

    name: str
    index: Sequence[str]
    serve: Sequence[str]
    port: int
    ready: str
    path: Callable[[str], str]
    environ: Mapping[str, str] = field(default_factory=dict)
    prints_seconds: bool = True


def peers(passages: Path, model: Path, work: Path, txtai: str | None) -> Iterator[Peer]:
    """The programs to compare."""
    plain = {"INDEX": str(work / "plain"), "MODEL": str(model)}
    serve = [sys.executable, "-m", "gunicorn", "bench.plain_server:create_app()"]
    yield Peer(
        "sentence-transformers, flat FAISS, Flask",
        [sys.executable, "-m", "bench.plain_server", str(passages), *plain.values()],
        [*serve, "--bind", f"127.0.0.1:{PORT}", "--timeout", "120"],
        PORT,
        "/ready",
        lambda question: f"/search?q={quote(question)}",
        plain,
    )
    if txtai:
        yield _txtai(txtai, passages, model, work)
    for workers in (1, 2):
        yield _dateline(workers, passages, work / f"dateline-{workers}")


def _txtai(python: str, passages: Path, model: Path, work: Path) -> Peer:
    config = work / "txtai.yml"
    embeddings = {"path": str(model), "hybrid": True, "content": True}
    settings = {"path": str(work / "txtai"), "writable": False, "embeddings": embeddings}
    config.write_text(yaml.safe_dump(settings))
    port = PORT + 1
    return Peer(
        "txtai, hybrid",
        [python, str(Path(__file__).with_name("txtai_index.py")), str(config), str(passages)],
        [python, "-m", "uvicorn", "txtai.api:app", "--port", str(port), "--log-level", "warning"],
        port,
        "/count",
        lambda question: f"/search?limit=10&query={quote(question)}",
        {"CONFIG": str(config), "HF_HUB_OFFLINE": "1"},
    )


def _dateline(workers: int, passages: Path, work: Path) -> Peer:
    """Dateline with a cache that has the exported model and no vectors."""
    cache, index, port = work / "cache", str(work / "index"), PORT + 1 + workers
    cache.mkdir(parents=True)
    models = IndexerSettings.from_environment().cache_dir.resolve() / "models"
    (cache / "models").symlink_to(models)
    command = [sys.executable, "-m", "api.cli"]
    options = ["--index", index, "--port", str(port), "--workers", str(workers)]
    return Peer(
        f"Dateline, {workers} worker{'s' if workers > 1 else ''}",
        [*command, "index", str(passages), "--index", index],
        [*command, "serve", *options],
        port,
        "/readyz",
        search_path,
        {"DATELINE_CACHE": str(cache)},
        prints_seconds=False,
    )


def indexed(peer: Peer) -> float:
    """The seconds of indexing; those of the whole process where it does not print them."""
    begun = time.perf_counter()
    environ = {**os.environ, **peer.environ}
    done = subprocess.run(peer.index, check=True, env=environ, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - begun
    return float(done.stdout.splitlines()[-1]) if peer.prints_seconds else seconds
