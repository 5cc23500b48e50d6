"""Cursors: where a page of a listing ends, bound to the listing and the generation it came from."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import NamedTuple

from api.search.errors import BadCursor

_MAX_OFFSET = 10**9


class Place(NamedTuple):
    """Where a page begins: the generation it belongs to, and how many items come before it."""

    generation: str
    offset: int


def fingerprint(*parts: object) -> str:
    """A short digest of all that decides the order of a listing."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def encode_cursor(generation: str, listing: str, offset: int) -> str:
    """An opaque, URL-safe cursor to item `offset` of the listing with this fingerprint."""
    raw = json.dumps([generation, listing, offset], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, listing: str) -> Place:
    """Where `cursor` leads; raises BadCursor when it belongs to no listing like this one."""
    generation, found_listing, offset = _unpack(cursor)
    if found_listing != listing:
        raise BadCursor(
            "The cursor belongs to another request: repeat the query, filters and mode it came "
            "with, or leave `cursor` out to begin at the first page."
        )
    return Place(generation, offset)


def _unpack(cursor: str) -> tuple[str, str, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        parts = None
    match parts:
        case [str(generation), str(listing), int(offset)] if 0 <= offset <= _MAX_OFFSET:
            return generation, listing, offset
    raise BadCursor(
        "The cursor cannot be read: use `next_cursor` of the page before as it is, or leave "
        "`cursor` out to begin at the first page."
    )
