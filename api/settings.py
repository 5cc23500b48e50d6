"""Settings of the serving side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.search.method import FUSIONS, LAYERED
from api.search.weights import PACKAGED
from indexer.errors import DatelineError
from indexer.settings import integer

DEFAULT_INDEX = ".dateline/index"
DEFAULT_MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Which index is served, how its hits are ordered, how large a body may be.

    `reranker` is a CrossEncoder by directory or hub id, or the address of a server, whose model
    and key are the two settings after it.
    """

    index: Path = Path(DEFAULT_INDEX)
    fusion: str = LAYERED
    weights: Path = PACKAGED
    reranker: str = ""
    reranker_model: str = ""
    reranker_api_key: str = field(default="", repr=False)
    reranker_depth: int = 20
    reranker_seconds: float = 1.0
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> ApiSettings:
        """Read `DATELINE_*`; raises DatelineError naming the variable that cannot be read."""
        return cls(
            index=Path(environ.get("DATELINE_INDEX") or DEFAULT_INDEX).expanduser(),
            fusion=_fusion(environ.get("DATELINE_FUSION") or LAYERED),
            weights=Path(environ.get("DATELINE_WEIGHTS") or PACKAGED).expanduser(),
            reranker=environ.get("DATELINE_RERANKER", ""),
            reranker_model=environ.get("DATELINE_RERANKER_MODEL", ""),
            reranker_api_key=environ.get("DATELINE_RERANKER_API_KEY", ""),
            reranker_depth=integer(environ, "DATELINE_RERANKER_DEPTH", 20, minimum=1),
            reranker_seconds=integer(environ, "DATELINE_RERANKER_MS", 1000, minimum=1) / 1000,
            max_body_bytes=integer(
                environ, "DATELINE_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES, minimum=1024
            ),
        )


def _fusion(name: str) -> str:
    if name not in (LAYERED, *FUSIONS):
        known = ", ".join((LAYERED, *FUSIONS))
        raise DatelineError(f"DATELINE_FUSION must be one of {known}; it is {name!r}.")
    return name
