"""Connections: who gets a thread, who waits without one, and what is said to the unreadable."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event, Thread
from time import sleep
from urllib.parse import quote, urlsplit

import pytest

from api import gunicorn_settings
from api.arriving import LARGE_BODY
from tests.processes import Server, free_port, running, serving

HEAD = b"POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LONG_HEAD = HEAD + b"X-Long: " + b"a" * 9000
BODY = b'{"query": "ferry"}'
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
IN_CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n12\r\n" + BODY + b"\r\n0\r\n\r\n"
EXPECTING = WHOLE[: -len(BODY) - 2] + b"Expect: 100-continue\r\n\r\n"
LARGER = {"DATELINE_MAX_BODY_BYTES": "200000"}
# A thread reads what is too much to be waited for.
HOLDING = HEAD + b"Content-Length: 150000\r\n\r\n" + b" " * LARGE_BODY
QUESTION = "Nansei island chain deployments"


@pytest.fixture(scope="module")
def server(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    with serving(seeds_index, environment | LARGER, "--workers", "1") as server:
        yield server


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD[:30], HEAD, LONG_HEAD, WHOLE[:-1], b"\r\n", b"\x16\x03\x01"],
    ids=[
        "nothing",
        "part of a line",
        "headers",
        "long headers",
        "part of the body",
        "a line",
        "TLS",
    ],
)
def test_clients_that_have_not_sent_a_whole_request_keep_nobody_waiting(
    server: Server, sent: bytes
) -> None:
    with ExitStack() as stack:
        for _ in range(20 * gunicorn_settings.SEARCHING):
            stack.enter_context(connected(server)).sendall(sent)
        for _ in range(5):
            assert server.get("/healthz").status == 200


@pytest.mark.parametrize("request_", [WHOLE, IN_CHUNKS], ids=["of a length", "in chunks"])
def test_a_request_that_comes_byte_by_byte_is_answered(server: Server, request_: bytes) -> None:
    with connected(server) as client:
        for place in range(len(request_)):
            client.sendall(request_[place : place + 1])
        assert hits_sent_to(client)


def test_requests_sent_together_are_answered_in_turn(server: Server) -> None:
    with connected(server) as client:
        health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.sendall(WHOLE + IN_CHUNKS + WHOLE + health + EXPECTING)
        told = read(client)
        assert told.count(b"HTTP/1.1 200 OK") == 4
        assert told.endswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(BODY)
        assert hits_sent_to(client)


def test_a_kept_connection_waits_without_a_thread_for_the_rest_of_its_next_request(
    server: Server,
) -> None:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(connected(server)) for _ in range(2 * gunicorn_settings.SEARCHING)
        ]
        for client in clients:
            client.sendall(WHOLE)
            assert hits_sent_to(client)
            client.sendall(WHOLE[:-5])
        assert server.get("/healthz").status == 200
        for client in clients:
            client.sendall(WHOLE[-5:])
            assert hits_sent_to(client)


def test_a_client_that_is_told_to_go_on_is_told(server: Server) -> None:
    with connected(server) as client:
        client.sendall(EXPECTING)
        assert read(client) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert hits_sent_to(client)


def test_a_body_too_long_to_be_waited_for_is_read_as_it_comes(server: Server) -> None:
    body = BODY[:-1] + b" " * 100_000 + b"}"
    with connected(server) as client:
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 10_000):
            client.sendall(body[start : start + 10_000])
        assert hits_sent_to(client)


def test_a_server_that_stops_does_not_wait_for_clients_that_say_nothing(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment) as server, ExitStack() as stack:
        for sent in (b"", HEAD):
            stack.enter_context(connected(server)).sendall(sent)
        assert server.get("/healthz").status == 200
        os.kill(server.pid, signal.SIGTERM)
        # gunicorn waits half a minute for requests that are being answered.
        deadline = time.monotonic() + 15
        while server.workers():
            assert time.monotonic() < deadline
            sleep(0.05)


def test_an_unreadable_request_line_is_a_problem_too(server: Server) -> None:
    for target, headers, status in (
        ("/search?q=" + "a" * 9000, {}, 414),
        ("/search", {"X-Long": "a" * 9000}, 431),
        ("/search", {"Bad Name": "x"}, 400),
    ):
        connection = http.client.HTTPConnection(*address_of(server), timeout=10)
        connection.putrequest("GET", target)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == status
        assert response.getheader("Content-Type") == "application/problem+json"
        response.read()
        connection.close()


def test_headers_without_an_end_are_refused_whatever_else_comes(server: Server) -> None:
    with connected(server) as client:
        client.sendall(LONG_HEAD + b"a" * 400_000)
        assert read(client).startswith(b"HTTP/1.1 431 ")


def test_clients_that_do_not_close_their_end_keep_nobody_waiting(server: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(20)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        asking = http.client.HTTPConnection(*address_of(server), timeout=20)
        stack.enter_context(closing(asking)).request("GET", "/healthz")
        assert asking.getresponse().status == 200
        assert all(read(client).startswith(b"HTTP/1.1 200 OK") for client in clients)


def test_clients_that_do_not_close_their_end_are_cut_off(server: Server) -> None:
    with connected(server) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert read(client).startswith(b"HTTP/1.0 200 OK")
        deadline = time.monotonic() + 30
        with suppress(ConnectionError):
            while time.monotonic() < deadline:
                client.sendall(b"more")
                sleep(0.1)
        assert time.monotonic() < deadline


@pytest.mark.parametrize("allowed", [80, 120])
def test_more_clients_than_the_system_allows_take_nothing_from_those_there_are(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path, allowed: int
) -> None:
    port = free_port()
    serve = [sys.executable, "-m", "api.cli", "serve", "--index", seeds_index, "--port", port]
    limited = ["sh", "-c", f'ulimit -n {allowed} && exec "$@"', "sh", *map(str, serve)]
    with (tmp_path / "log").open("w") as log, running(limited, port, environment, log) as server:
        workers = server.workers()
        kept = http.client.HTTPConnection(*address_of(server), timeout=30)
        with ExitStack() as stack:
            stack.enter_context(closing(kept)).request("GET", "/healthz")
            assert kept.getresponse().read()
            for _ in range(2 * allowed):
                stack.enter_context(connected(server))
            kept.request("GET", f"/search?q={quote(QUESTION)}")
            assert json.load(kept.getresponse())["hits"]
        assert server.get("/healthz").status == 200
        assert server.workers() == workers


PANICKING = """
class PanicException(BaseException):
    pass

def app(environ, start_response):
    if environ["PATH_INFO"] == "/panic":
        raise PanicException("as Rust does")
    start_response("200 OK", [("Content-Length", "0")])
    return []
"""


def test_what_is_more_than_an_error_ends_a_connection_and_no_worker(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "panicking.py").write_text(PANICKING)
    command = [
        *(sys.executable, "-m", "gunicorn", "--config=python:api.gunicorn_settings"),
        *(f"--bind=127.0.0.1:{port}", f"--pythonpath={tmp_path}", "panicking:app"),
    ]
    with (tmp_path / "log").open("w") as log, running(command, port, environment, log) as server:
        workers = server.workers()
        with connected(server) as client:
            client.sendall(b"GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read(client) == b""
        assert server.get("/").status == 200
        assert server.workers() == workers
    assert "as Rust does" in (tmp_path / "log").read_text()


def test_a_new_connection_goes_to_a_worker_with_a_thread_for_it(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    larger = environment | LARGER
    with serving(seeds_index, larger, "--workers", "2") as server, ExitStack() as stack:
        threads = 2 * gunicorn_settings.SEARCHING
        for _ in range(threads - 1):
            # A body that never comes holds its thread.
            client = stack.enter_context(socket.create_connection(address_of(server)))
            client.sendall(HOLDING)
        for _ in range(10):
            asking = http.client.HTTPConnection(*address_of(server), timeout=10)
            stack.enter_context(closing(asking)).request("GET", "/healthz")
            assert asking.getresponse().status == 200


def test_a_new_client_is_answered_while_others_keep_every_worker_busy(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment, "--workers", "1") as server, ExitStack() as stack:
        over = Event()
        stack.callback(over.set)
        for _ in range(2 * gunicorn_settings.SEARCHING):
            Thread(target=ask_until, args=(over, address_of(server)), daemon=True).start()
        sleep(0.5)
        for _ in range(5):
            asking = http.client.HTTPConnection(*address_of(server), timeout=5)
            stack.enter_context(closing(asking)).request("GET", "/healthz")
            assert asking.getresponse().status == 200


def test_clients_that_fall_silent_lose_their_threads(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    serve = ["serve", "--index", str(seeds_index), "--port", str(port)]
    script = f"from api import cli, worker; worker.SILENCE = 1; cli.main({serve})"
    with (tmp_path / "log").open("w+") as log, ExitStack() as stack:
        command = [sys.executable, "-c", script]
        server = stack.enter_context(running(command, port, environment | LARGER, log))
        silent = [
            stack.enter_context(socket.create_connection(address_of(server), timeout=30))
            for _ in range(2 * gunicorn_settings.SEARCHING)
        ]
        for client in silent[::2]:
            client.sendall(HOLDING)
        for client in silent[1::2]:
            client.sendall(HOLDING[:30])
        assert server.get("/healthz").status == 200
        assert [b"malformed-request" in read(client) for client in silent[::2]] == [True] * 4
        assert [read(client) for client in silent[1::2]] == [b""] * 4
        assert (tmp_path / "log").read_text() == ""


def connected(server: Server) -> socket.socket:
    """A connection to a server, over which nothing was sent yet."""
    return socket.create_connection(address_of(server), timeout=30)


def hits_sent_to(client: socket.socket) -> list[object]:
    """The hits of the answer that comes next over a connection, which stays open."""
    response = http.client.HTTPResponse(client)
    response.begin()
    assert response.status == 200
    hits: list[object] = json.loads(response.read())["hits"]
    return hits


def read(client: socket.socket) -> bytes:
    """All that is sent until the connection ends, or is quiet for a second."""
    client.settimeout(1)
    received = b""
    with suppress(TimeoutError):
        while piece := client.recv(4096):
            received += piece
    return received


def ask_until(over: Event, address: tuple[str, int]) -> None:
    """Ask one question after the other over one connection."""
    with closing(http.client.HTTPConnection(*address, timeout=10)) as connection:
        while not over.is_set():
            connection.request("GET", f"/search?q={quote(QUESTION)}")
            connection.getresponse().read()


def address_of(server: Server) -> tuple[str, int]:
    """Where a server listens."""
    address = urlsplit(server.url)
    return address.hostname or "", address.port or 0
