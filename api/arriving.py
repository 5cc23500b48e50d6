"""Whether a request has come so far that no thread has to wait for the rest."""

from __future__ import annotations

import re

LONGEST_LINE = 8190
"""So many bytes without an end of the first line are no request that gunicorn takes."""
LONGEST_HEAD = 64 * 1024
"""So many bytes without an end of the headers are no request that we take."""
LARGE_BODY = 64 * 1024
"""Bodies are waited for up to so many bytes; what is longer is read as it comes."""

_LINE_END = b"\r\n"
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
# Its client sends the body when it is told to.
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)


def has_arrived(received: bytes) -> bool:
    """Whether these bytes, the first of a request, are all there is to wait for.

    That are its headers and its body, if it is not large and the headers say how long it is.
    """
    end = received.find(_HEAD_END)
    if end < 0:
        # gunicorn says what is wrong with such a line as soon as it sees it.
        return len(received) > LONGEST_LINE and _LINE_END not in received[: LONGEST_LINE + 2]
    head = received[: end + len(_HEAD_END)]
    length = _LENGTH.search(head)
    if length is None or _EXPECTS.search(head):
        return True
    return len(received) - len(head) >= min(int(length[1]), LARGE_BODY)


def is_endless(received: bytes) -> bool:
    """Whether these are more headers than are waited for, and their end is not among them."""
    return len(received) > LONGEST_HEAD and _HEAD_END not in received
