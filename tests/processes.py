"""Dateline as its users run it: the command in a process of its own, the server on a free port."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

START_SECONDS = 60


def dateline(
    *arguments: str | Path, env: Mapping[str, str], code: int = 0, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command and check its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server; `pid` is that of gunicorn's arbiter."""

    url: str
    pid: int

    def get(self, path: str, **query: str) -> Answer:
        """GET `path` with URL parameters."""
        return self.request(path, {}, query)

    def request(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """GET `path` with headers and URL parameters."""
        url = f"{self.url}{path}?{urlencode(query)}" if query else f"{self.url}{path}"
        return _answer(Request(url, headers=dict(headers)))

    def send(self, method: str, path: str, key: str, body: object = None) -> Answer:
        """Send `body` as JSON, showing a write key."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        return _answer(Request(f"{self.url}{path}", sent, headers, method=method))

    def catch_up(self, index: Path) -> None:
        """Wait until the newest generation of `index` is the one served."""
        newest = (index / "CURRENT").read_text().strip()
        deadline = time.monotonic() + START_SECONDS
        while self.get("/readyz").json["generation"] != newest:
            assert time.monotonic() < deadline, f"{newest} is not served."
            time.sleep(0.05)

    def workers(self) -> list[int]:
        """The processes that answer."""
        return [pid for pid, command in self._children().items() if "ingest" not in command]

    def ingest(self) -> list[int]:
        """The process that works articles in, if there is one."""
        return [pid for pid, command in self._children().items() if "ingest" in command]

    def _children(self) -> dict[int, list[str]]:
        """The commands of what runs below the server, by process."""
        commands = {}
        # Each thread of the arbiter has children of its own.
        listed = Path(f"/proc/{self.pid}/task").glob("*/children")
        for pid in (pid for children in listed for pid in _read(children).split()):
            if command := _read(Path(f"/proc/{pid}/cmdline")):
                commands[int(pid)] = command.split("\0")
        return commands


def _read(path: Path) -> str:
    """What the system tells of a process or thread; nothing when it has ended meanwhile."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _answer(request: Request) -> Answer:
    try:
        with urlopen(request, timeout=60) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


@contextmanager
def serving(index: Path, env: Mapping[str, str], *options: str) -> Iterator[Server]:
    """`dateline serve` over `index`, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--index", str(index), *options]
    with running([*command, "--port", str(port)], port, env) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str | Path], port: int, env: Mapping[str, str], log: IO[str] | None = None
) -> Iterator[Server]:
    """A command that serves on `port`, until the block ends; its errors go to `log`, if given."""
    process = subprocess.Popen(
        list(map(str, command)), env=dict(env), stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        _wait_until_alive(server, process)
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=30)


def free_port() -> int:
    """A port nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_alive(server: Server, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.get("/healthz")
            return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError("The server did not come up.")
