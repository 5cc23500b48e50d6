"""The gunicorn worker: how it goes on with a connection, and what it says to broken requests."""

from __future__ import annotations

import json
import select
from contextlib import suppress
from socket import socket

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

# Who asks one thing after the other on a connection has asked again by then.
AT_ONCE_MS = 2

Address = str | int | tuple[str, int]

_REASONS = {
    400: ("Bad Request", "The request is not valid HTTP."),
    414: ("URI Too Long", "The address is too long: send long queries with POST /search."),
    431: ("Request Header Fields Too Large", "The headers are too large: send fewer or shorter."),
    500: ("Internal Server Error", "Something went wrong here; it is in the log."),
}


class DatelineWorker(ThreadWorker):
    """Stays with a connection while it is asked on, and answers the unreadable with a problem."""

    def handle(self, conn: TConn) -> bool:
        """Answer a request, and those that follow it at once, in the thread that has the first.

        gunicorn has its main thread wait for the next one and hand it to a thread of the pool,
        which takes a tenth of a millisecond of processor time.
        """
        kept = super().handle(conn)
        # Where nothing has come yet, it is an object that asks gunicorn to wait for it.
        while kept is True and self._asked_on(conn):
            kept = super().handle(conn)
        return kept

    def _asked_on(self, conn: TConn) -> bool:
        # With more connections than threads, another one may be waiting for this thread.
        if not self.alive or self.nr_conns > self.cfg.threads:
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(AT_ONCE_MS))

    def handle_error(
        self, _req: Request | None, client: socket, _addr: Address, exc: BaseException
    ) -> None:
        """Tell the client what is wrong with the request line or the headers, and no more."""
        status = _status(exc)
        if status == 500:
            self.log.error("Unexpected error", exc_info=exc)
        # A client that has hung up wants no answer.
        with suppress(OSError):
            client.sendall(_response(status))


def _status(error: BaseException) -> int:
    match error:
        case LimitRequestLine():
            return 414
        case LimitRequestHeaders():
            return 431
        case ParseException():
            return 400
    return 500


def _response(status: int) -> bytes:
    title, detail = _REASONS[status]
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
