"""The connection a request came on, as far as gunicorn shows it."""

from __future__ import annotations

import select
import socket

from flask import request


def client_has_gone() -> bool:
    """Whether the client has hung up; False where the server does not show its connections."""
    connection = request.environ.get("gunicorn.socket")
    # What is encrypted cannot be looked at without taking it.
    if type(connection) is not socket.socket:
        return False
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
