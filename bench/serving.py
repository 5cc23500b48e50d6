"""Servers under measurement: started in processes of their own, asked over one kept connection."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import psutil

PATIENCE = 180
MB = 2**20


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the seconds from its exec to its first readiness."""

    process: psutil.Process
    port: int
    seconds: float

    def tree(self) -> list[psutil.Process]:
        """The process that was started and all it started."""
        return [self.process, *self.process.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """The processes that answer, where a master starts them."""
        return self.process.children()


@dataclass(frozen=True, slots=True)
class Memory:
    """MB: `resident` with all files that are mapped, `private` what no other process shares.

    In `once` what these processes share counts a single time, whoever else shares it too.
    """

    resident: float
    private: float
    once: float


class Client:
    """One client with one connection, kept open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> bytes:
        """The body of an answer; ends the run unless it is 200."""
        status, body = self.send("GET", path)
        if status != 200:
            sys.exit(f"The server answered {status} to {path}.")
        return body

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of any request."""
        self._connection.request(method, path, body, dict(headers or {}))
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def client_of(port: int) -> Iterator[Client]:
    """A client for as long as it is needed."""
    with closing(Client(port)) as client:
        yield client


@contextmanager
def serving(
    command: Sequence[str], port: int, ready: str, environ: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server until it answers 200 at `ready`, and as long as it is needed."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, **(environ or {})}
    )
    try:
        while not _answers(port, ready):
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                sys.exit(f"The server did not come up on port {port}: {' '.join(command)}")
            time.sleep(0.01)
        yield Server(psutil.Process(process.pid), port, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def dateline(
    index: Path, port: int, workers: int, environ: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Dateline over an index."""
    command = [sys.executable, "-m", "api.cli", "serve", "--index", str(index)]
    options = ["--port", str(port), "--workers", str(workers)]
    with serving([*command, *options], port, "/readyz", environ) as server:
        yield server


def memory(processes: Sequence[psutil.Process]) -> Memory:
    """What processes take together."""
    # Only Linux tells of proportions, and the types know every system's least.
    taken = [process.memory_full_info() for process in processes]
    return Memory(
        resident=sum(each.rss for each in taken) / MB,
        private=sum(each.uss for each in taken) / MB,
        once=_once(processes) / MB,
    )


def _once(processes: Sequence[psutil.Process]) -> float:
    """Bytes of pages that any of these processes has.

    Parts of shared pages, as the system tells them, would be smaller with every other program that
    maps the same libraries. What has no file is shared by fork alone, within these processes.
    """
    own, shared = 0, defaultdict[str, int](int)
    for process in processes:
        for mapped in process.memory_maps():
            private = mapped.private_clean + mapped.private_dirty
            if not mapped.path.startswith("/"):
                own += mapped.pss
                continue
            own += private
            shared[mapped.path] = max(shared[mapped.path], mapped.rss - private)
    return own + sum(shared.values())


def search_path(question: str) -> str:
    """Where a question is asked. Weak hits are wanted: every answer is then a full page."""
    return f"/search?include_weak=true&q={quote(question)}"


def _answers(port: int, path: str) -> bool:
    with client_of(port) as client:
        try:
            return client.send("GET", path)[0] == 200
        except ConnectionError:
            return False
