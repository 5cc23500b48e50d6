"""Settings of the serving side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.search.fusion import FUSIONS
from indexer.errors import DatelineError
from indexer.settings import integer

DEFAULT_INDEX = ".dateline/index"
DEFAULT_MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Which index is served, how its two retrievers are fused, how large a body may be."""

    index: Path = Path(DEFAULT_INDEX)
    fusion: str = "additive"
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> ApiSettings:
        """Read `DATELINE_*`; raises DatelineError naming the variable that cannot be read."""
        return cls(
            index=Path(environ.get("DATELINE_INDEX") or DEFAULT_INDEX).expanduser(),
            fusion=_fusion(environ.get("DATELINE_FUSION") or "additive"),
            max_body_bytes=integer(
                environ, "DATELINE_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES, minimum=1024
            ),
        )


def _fusion(name: str) -> str:
    if name not in FUSIONS:
        known = ", ".join(FUSIONS)
        raise DatelineError(f"DATELINE_FUSION must be one of {known}; it is {name!r}.")
    return name
