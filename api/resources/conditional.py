"""Conditional requests: entity tags, and answers that nothing has changed (RFC 9110, 13)."""

from __future__ import annotations

from typing import TypeVar

from flask import Response, request
from werkzeug.http import quote_etag

from api.contract import VERSION
from api.search.cursor import fingerprint

T = TypeVar("T")

IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "Entity tags of answers at hand; 304 when one of them still holds.",
    "schema": {"type": "string", "examples": ['W/"6f1d0c9b2a7e4f35"']},
}
ETAG = {
    "ETag": {
        "description": "Entity tag, for `If-None-Match`.",
        "schema": {"type": "string", "examples": ['W/"6f1d0c9b2a7e4f35"']},
    }
}


def tag_of(*parts: object) -> str:
    """The opaque part of an entity tag: alike for like parts, until Dateline itself changes."""
    return fingerprint(VERSION, *parts)


def unchanged(tag: str) -> bool:
    """Whether the client names the answer with this tag, by weak comparison.

    `*` names whatever there is, and whether there is anything, only `tagged` knows.
    """
    return tag in request.if_none_match.as_set(include_weak=True)


def tagged(found: T, tag: str) -> Response | tuple[T, dict[str, str]]:
    """An answer that was found, with its tag; 304 for a client that has `*`, whatever there is."""
    if request.if_none_match.star_tag:
        return not_modified(tag)
    return found, _headers(tag)


def not_modified(tag: str) -> Response:
    """304, for a client that has the answer."""
    return Response(status=304, headers=_headers(tag))


def _headers(tag: str) -> dict[str, str]:
    """The tag, weak as a body may differ in its timing, and the advice to ask with it again."""
    return {"ETag": quote_etag(tag, weak=True), "Cache-Control": "no-cache"}
