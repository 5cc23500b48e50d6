"""Who may write: whoever shows one of the configured keys. Reading is open."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request

from api.writing_problems import WriteKeyRequired, WritingDisabled

_KEY = "dateline.write-keys"
SCHEME = "writeKey"
SECURITY: list[dict[str, list[str]]] = [{SCHEME: []}]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def protect(app: Flask, keys: Sequence[str]) -> None:
    """Let those who show one of `keys` write to `app`; nobody when there are none."""
    app.extensions[_KEY] = [_digest(key) for key in keys]


def needs_write_key(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Look at the key before anything else of a request."""

    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        _check()
        return view(*args, **kwargs)

    return guarded


def _check() -> None:
    keys: list[bytes] = current_app.extensions[_KEY]
    if not keys:
        raise WritingDisabled
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    digest = _digest(shown.strip())
    # Each is compared, and in constant time, so that timing tells nothing of any.
    matches = [hmac.compare_digest(digest, key) for key in keys]
    if scheme.lower() != "bearer" or not any(matches):
        raise WriteKeyRequired


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
