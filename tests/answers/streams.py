"""Server-sent events as a client reads them, off a socket of its own."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.processes import Server

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Stream:
    """A streamed response; `hang_up` closes the connection in the middle of it."""

    connection: http.client.HTTPConnection
    response: http.client.HTTPResponse

    def lines(self) -> Iterator[str]:
        """Line by line, as they come."""
        while line := self.response.readline():
            yield line.decode().rstrip("\n")

    def events(self) -> Iterator[dict[str, Any]]:
        """What the data lines hold; comments are passed over."""
        yield from events_in(self.lines())

    def next_event(self) -> dict[str, Any]:
        """The next of them."""
        return next(self.events())

    def hang_up(self) -> None:
        """Close the connection."""
        self.response.close()
        self.connection.close()


def events_in(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The events in the lines of a stream; the name of each is that in its data."""
    named = ""
    for line in lines:
        if line.startswith("event: "):
            named = line.removeprefix("event: ")
        elif line.startswith("data: "):
            event: dict[str, Any] = json.loads(line.removeprefix("data: "))
            assert event["type"] == named
            yield event


@contextmanager
def streaming(server: Server, path: str, body: object) -> Iterator[Stream]:
    """POST `body`, and read what comes back while it comes."""
    connection = _connection(server)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    stream = Stream(connection, connection.getresponse())
    try:
        yield stream
    finally:
        stream.hang_up()


@contextmanager
def sent(server: Server, path: str, body: object) -> Iterator[http.client.HTTPConnection]:
    """POST `body` and do not wait for what comes back."""
    connection = _connection(server)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def half_sent(server: Server) -> Iterator[socket.socket]:
    """A search whose body has begun to come in, which holds a thread until the rest does."""
    address = urlsplit(server.url)
    with socket.create_connection(
        (address.hostname, address.port or 80), PATIENCE_SECONDS
    ) as connection:
        head = (
            f"POST /search HTTP/1.1\r\nHost: {address.hostname}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(SEARCH)}\r\n\r\n"
        )
        connection.sendall(head.encode() + SEARCH[:5])
        yield connection


SEARCH = b'{"query": "Rhine"}'


def finish(connection: socket.socket) -> bytes:
    """Send the rest of a search, and read the status line of its answer."""
    connection.sendall(SEARCH[5:])
    return connection.makefile("rb").readline()


def _connection(server: Server) -> http.client.HTTPConnection:
    address = urlsplit(server.url)
    return http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PATIENCE_SECONDS
    )
