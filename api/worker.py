"""The gunicorn worker, for requests so broken that they never become one of Flask's."""

from __future__ import annotations

import json
from contextlib import suppress
from socket import socket

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

Address = str | int | tuple[str, int]

_REASONS = {
    400: ("Bad Request", "The request is not valid HTTP."),
    414: ("URI Too Long", "The address is too long: send long queries with POST /search."),
    431: ("Request Header Fields Too Large", "The headers are too large: send fewer or shorter."),
    500: ("Internal Server Error", "Something went wrong here; it is in the log."),
}


class DatelineWorker(ThreadWorker):
    """Answers unreadable requests with an RFC 9457 problem, as every other error."""

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
