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
# Whatever coding is named besides, the last has to be in chunks.
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9a-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n", re.IGNORECASE)
_EXPECTS = re.compile(
    rb"((?:\r\n)*[^\r\n]+ HTTP/1\.1(?:\r\n[^\r\n]+)*?)\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)",
    re.IGNORECASE,
)


def has_arrived(received: bytes) -> bool:
    """Whether these bytes, the first of a request, are all there is to wait for.

    That are its headers and its body, if it is not large.
    """
    end = received.find(_HEAD_END)
    if end < 0:
        # gunicorn says what is wrong with such a line as soon as it sees it.
        return len(received) > LONGEST_LINE and _LINE_END not in received[: LONGEST_LINE + 2]
    head = received[: end + len(_HEAD_END)]
    length, chunked = _LENGTH.search(head), _CHUNKED.search(head)
    # Both at once are refused as soon as they are seen.
    if bool(length) == bool(chunked):
        return True
    come = len(received) - len(head)
    if length:
        return come >= min(int(length[1]), LARGE_BODY)
    return come >= LARGE_BODY or _is_whole(received, len(head))


def is_endless(received: bytes) -> bool:
    """Whether these are more headers than are waited for, and their end is not among them."""
    return len(received) > LONGEST_HEAD and _HEAD_END not in received


def without_expectation(received: bytes) -> bytes:
    """The request, if its headers have come, without the wish to be told to send its body.

    RFC 9110, 10.1.1: who wishes that waits, and only in HTTP/1.1 one may.
    """
    if _HEAD_END in received and (wish := _EXPECTS.match(received)):
        return wish[1] + received[wish.end() :]
    return received


def _is_whole(received: bytes, start: int) -> bool:
    """Whether a body in chunks, which begins at `start`, has come to its end (RFC 9112, 7.1)."""
    place = start
    while chunk := _CHUNK.match(received, place):
        size = int(chunk[1], 16)
        if size == 0:
            # Behind the last chunk there may be fields, and there is an empty line.
            return _HEAD_END in received[chunk.end() - 2 :]
        place = chunk.end() + size + len(_LINE_END)
    # What is no chunk is refused as soon as it is seen.
    return _LINE_END in received[place:]
