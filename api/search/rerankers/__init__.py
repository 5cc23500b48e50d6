"""Rerankers: from the name in the settings to one that scores."""

from __future__ import annotations

from pathlib import Path

from api.search.rerankers.base import Reranker, RerankerFailed
from api.search.rerankers.cross_encoder import CrossEncoderReranker
from api.search.rerankers.remote import RemoteReranker
from indexer.encoders.cross_exports import load_cross_encoder

__all__ = ["Reranker", "RerankerFailed", "open_reranker"]


def open_reranker(
    name: str, cache_dir: Path, *, model: str = "", api_key: str = "", threads: int = 1
) -> Reranker | None:
    """The reranker of that name: a CrossEncoder by directory or hub id, or an HTTP address.

    None for the empty name. `model` and `api_key` are for the server at an address. Raises
    ModelUnavailable, MissingExtra, or DatelineError for an address that cannot be one.
    """
    if not name:
        return None
    if name.startswith(("http://", "https://")):
        return RemoteReranker(name, model, api_key)
    return CrossEncoderReranker(load_cross_encoder(name, cache_dir, threads))
