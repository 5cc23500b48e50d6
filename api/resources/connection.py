"""The connection a request came on, as far as gunicorn shows it."""

from __future__ import annotations

from select import POLLERR, POLLHUP, POLLIN, poll
from socket import MSG_PEEK, socket

from flask import request


def client_has_gone() -> bool:
    """Whether the client has hung up; False where the server does not show its connections."""
    connection = request.environ.get("gunicorn.socket")
    # What is encrypted cannot be looked at without taking it.
    if type(connection) is not socket:
        return False
    # `select` takes no descriptor beyond a thousand, and a worker may have more.
    fresh = poll()
    fresh.register(connection, POLLIN)
    return any(
        bool(events & (POLLERR | POLLHUP)) or not connection.recv(1, MSG_PEEK)
        for _, events in fresh.poll(0)
    )
