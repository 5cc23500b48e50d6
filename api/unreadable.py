"""What is said to requests that cannot be read, so that no application ever sees them."""

from __future__ import annotations

import json

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException

_REASONS = {
    400: ("Bad Request", "The request is not valid HTTP."),
    414: ("URI Too Long", "The address is too long: send long queries with POST /search."),
    431: ("Request Header Fields Too Large", "The headers are too large: send fewer or shorter."),
    500: ("Internal Server Error", "Something went wrong here; it is in the log."),
}


def status_of(error: BaseException) -> int:
    """The status of what went wrong while a request was read."""
    match error:
        case LimitRequestLine():
            return 414
        case LimitRequestHeaders():
            return 431
        case ParseException():
            return 400
    return 500


def response(status: int) -> bytes:
    """The whole response with one of these statuses, after which the connection is closed."""
    title, detail = _REASONS[status]
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
