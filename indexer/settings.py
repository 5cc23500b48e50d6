"""Settings of the indexing side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import DatelineError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class IndexerSettings:
    """How articles become vectors: the model, where its exports are kept, the chunk budget."""

    model: str = DEFAULT_MODEL
    cache_dir: Path = Path("~/.cache/dateline")
    passage_tokens: int = 128
    overlap_tokens: int = 0
    threads: int = 0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> IndexerSettings:
        """Read `DATELINE_*`; raises DatelineError naming the variable that cannot be read."""
        return cls(
            model=environ.get("DATELINE_MODEL", DEFAULT_MODEL),
            cache_dir=Path(environ.get("DATELINE_CACHE", "~/.cache/dateline")).expanduser(),
            passage_tokens=integer(environ, "DATELINE_PASSAGE_TOKENS", 128, minimum=16),
            overlap_tokens=integer(environ, "DATELINE_OVERLAP_TOKENS", 0, minimum=0),
            threads=integer(environ, "DATELINE_THREADS", 0, minimum=0),
        )


def integer(environ: Mapping[str, str], name: str, default: int, *, minimum: int) -> int:
    """The whole number in environment variable `name`, or `default` when it is not set."""
    raw = environ.get(name, str(default))
    try:
        value = int(raw)
    except ValueError:
        raise DatelineError(f"{name} must be a whole number, not {raw!r}.") from None
    if value < minimum:
        raise DatelineError(f"{name} must be at least {minimum}, not {value}.")
    return value
