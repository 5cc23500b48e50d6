"""Whether a client is still there, asked of real connections."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from fcntl import F_DUPFD_CLOEXEC, fcntl
from socket import SO_LINGER, SOL_SOCKET, create_connection, create_server, socket
from struct import pack
from typing import NamedTuple

import pytest
from flask import Flask

from api.descriptors import allow
from api.resources.connection import client_has_gone

# The first descriptor that is too high for `select`.
TOO_HIGH = 1024


class Ends(NamedTuple):
    """Both ends of a connection."""

    client: socket
    server: socket


@pytest.fixture
def ends() -> Iterator[Ends]:
    with create_server(("127.0.0.1", 0)) as listener:
        client = create_connection(listener.getsockname())
        server, _ = listener.accept()
    with client, server:
        yield Ends(client, server)


@pytest.fixture
def high(ends: Ends) -> Iterator[Ends]:
    """The ends of a connection in a worker with a thousand others."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    allow()
    with socket(fileno=fcntl(ends.server, F_DUPFD_CLOEXEC, TOO_HIGH)) as server:
        yield Ends(ends.client, server)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def has_gone(ends: Ends) -> bool:
    with Flask(__name__).test_request_context(environ_overrides={"gunicorn.socket": ends.server}):
        return client_has_gone()


def test_a_client_that_waits_is_there(ends: Ends) -> None:
    assert not has_gone(ends)


def test_a_client_that_sends_more_is_there_and_what_it_sent_is_left(ends: Ends) -> None:
    ends.client.sendall(b"GET / HTTP/1.1")
    assert not has_gone(ends)
    assert ends.server.recv(64) == b"GET / HTTP/1.1"


def test_a_client_that_hangs_up_has_gone(ends: Ends) -> None:
    ends.client.close()
    assert has_gone(ends)


def test_a_client_that_breaks_off_has_gone(ends: Ends) -> None:
    ends.client.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
    ends.client.close()
    assert has_gone(ends)


def test_a_connection_among_more_than_a_thousand_is_looked_at_alike(high: Ends) -> None:
    assert high.server.fileno() >= TOO_HIGH
    assert not has_gone(high)
    high.client.close()
    assert has_gone(high)
