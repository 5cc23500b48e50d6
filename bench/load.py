"""Many clients at once in one light process: `python -m bench.load PORT CONNECTIONS SECONDS`.

Reads paths, one a line, and asks for one after the other over connections that stay open, each
asking again as soon as it has its answer; ends at the latest when it is told to terminate. Prints
its figures as JSON; `--keep FILE` writes every body on a line. Sockets are read by hand: what a
client library takes would be taken from the server, on a machine with two cores.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import BinaryIO

import click


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: milliseconds of each 200, when it came, how many were something else.

    `ended` are seconds since the first request, `seconds` how long all of it went on.
    """

    milliseconds: list[float]
    ended: list[float]
    failed: int
    seconds: float

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds


class RunningLoad:
    """A load in a process of its own."""

    def __init__(
        self,
        port: int,
        paths: Sequence[str],
        connections: int,
        seconds: float,
        keep: Path | None = None,
    ) -> None:
        command = [sys.executable, "-m", "bench.load", str(port), str(connections), str(seconds)]
        self._process = subprocess.Popen(
            [*command, *(["--keep", str(keep)] if keep else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin
        self._process.stdin.write("\n".join(paths).encode())
        self._process.stdin.close()
        self._process.stdin = None

    def stop(self) -> Load:
        """End it now."""
        self._process.terminate()
        return self.wait()

    def wait(self) -> Load:
        """Its figures, when its seconds are over."""
        printed, _ = self._process.communicate()
        return Load(**json.loads(printed))


def load(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    """Put a load on a server and wait for its end."""
    return RunningLoad(port, paths, connections, seconds).wait()


@dataclass(slots=True, eq=False)
class _Connection:
    """A connection and the answer it waits for."""

    socket: socket.socket
    begun: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    length: int = -1
    last: bool = False

    def ask(self, path: str) -> None:
        self.received.clear()
        self.length = -1
        self.begun = time.perf_counter()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def read(self) -> bool:
        """Whether the answer is complete; raises ConnectionError when it never will be."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError
        self.received += part
        if self.length < 0 and (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[:end]).lower()
            self.length = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            self.last = b"connection: close" in head
        return 0 <= self.length <= len(self.received)

    @property
    def succeeded(self) -> bool:
        return self.received[9:12] == b"200"

    @property
    def body(self) -> bytes:
        return bytes(self.received.split(b"\r\n\r\n", 1)[1])


class _Clients:
    def __init__(self, port: int, paths: Iterator[str], keep: BinaryIO | None) -> None:
        self._port, self._paths, self._keep = port, paths, keep
        self._selector = selectors.DefaultSelector()
        self._milliseconds: list[float] = []
        self._ended: list[float] = []
        self._failed = 0
        self._running = True

    def run(self, connections: int, seconds: float) -> Load:
        begun = time.perf_counter()
        for _ in range(connections):
            self._connect()
        while self._running and time.perf_counter() - begun < seconds:
            for key, _ in self._selector.select(timeout=1):
                self._hear(key.data)
        ended = [moment - begun for moment in self._ended]
        return Load(self._milliseconds, ended, self._failed, time.perf_counter() - begun)

    def end(self, *_: object) -> None:
        self._running = False

    def _connect(self) -> None:
        connection = _Connection(socket.create_connection(("127.0.0.1", self._port), timeout=60))
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask(next(self._paths))

    def _hear(self, connection: _Connection) -> None:
        try:
            if not connection.read():
                return
        except ConnectionError:
            self._failed += 1
            self._reconnect(connection)
            return
        if connection.succeeded:
            self._ended.append(time.perf_counter())
            self._milliseconds.append((self._ended[-1] - connection.begun) * 1000)
        else:
            self._failed += 1
        if self._keep:
            self._keep.write(connection.body.replace(b"\n", b"") + b"\n")
        if connection.last:
            self._reconnect(connection)
        else:
            connection.ask(next(self._paths))

    def _reconnect(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        self._connect()


@click.command(help=__doc__)
@click.argument("port", type=int)
@click.argument("connections", type=int)
@click.argument("seconds", type=float)
@click.option("--keep", type=click.File("wb"))
def main(port: int, connections: int, seconds: float, keep: BinaryIO | None) -> None:
    clients = _Clients(port, cycle(sys.stdin.read().splitlines()), keep)
    signal.signal(signal.SIGTERM, clients.end)
    json.dump(asdict(clients.run(connections, seconds)), sys.stdout)


if __name__ == "__main__":
    main()
