"""The gunicorn worker: which thread answers what follows on a connection."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from api.worker import DatelineWorker

THREADS = 2
# As much as gunicorn takes in at once, so that what follows is still to be read.
TAKEN_AT_ONCE = 8192


@pytest.fixture
def worker(app: Flask) -> Iterator[DatelineWorker]:
    settings = Config()
    settings.set("threads", THREADS)
    # Without sockets and an arbiter: only what it does with one connection is looked at.
    worker = DatelineWorker(1, os.getppid(), [], None, 30, settings, Logger(settings))  # type: ignore[arg-type]
    worker.wsgi = app  # type: ignore[assignment]
    yield worker
    worker.tmp.close()


def requests() -> bytes:
    """Two, the first as long as gunicorn takes in at once."""
    head = b"GET /healthz HTTP/1.1\r\nHost: dateline\r\n"
    padding = b"X-Padding: %s\r\n" % (b"x" * 4000)
    last = TAKEN_AT_ONCE - len(head + padding + b"X-More: \r\n\r\n")
    return head + padding + b"X-More: %s\r\n\r\n" % (b"x" * last) + head + b"\r\n"


@pytest.mark.parametrize(("connections", "answered"), [(THREADS, 2), (THREADS + 1, 1)])
def test_a_thread_stays_with_a_connection_unless_others_may_wait_for_it(
    worker: DatelineWorker, connections: int, answered: int
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(requests())
        worker.nr_conns = connections
        kept = worker.handle(TConn(worker.cfg, theirs, ("127.0.0.1", 1), ("127.0.0.1", 2)))
        assert kept
        assert ours.recv(1 << 16).count(b"HTTP/1.1 200 OK") == answered


def test_a_thread_leaves_a_connection_when_the_worker_is_to_end(worker: DatelineWorker) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(requests())
        worker.nr_conns, worker.alive = 1, False
        kept = worker.handle(TConn(worker.cfg, theirs, ("127.0.0.1", 1), ("127.0.0.1", 2)))
        assert not kept
        assert ours.recv(1 << 16).count(b"HTTP/1.1 200 OK") == 1
