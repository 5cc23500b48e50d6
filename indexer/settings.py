"""Settings of the indexing side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from indexer.errors import DatelineError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"

Precision: TypeAlias = Literal["float32", "int8"]


@dataclass(frozen=True, slots=True)
class IndexerSettings:
    """How articles become vectors: the model, where its exports are kept, the chunk budget.

    `retain_seconds` is how long a generation is kept after a newer one has taken its place. From
    `approximate_from` passages on a segment is searched approximately, tuned to find the share
    `recall` of the ten best.
    """

    model: str = DEFAULT_MODEL
    cache_dir: Path = Path("~/.cache/dateline")
    passage_tokens: int = 128
    overlap_tokens: int = 0
    threads: int = 0
    retain_seconds: int = 600
    approximate_from: int = 50_000
    recall: float = 0.99

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> IndexerSettings:
        """Read `DATELINE_*`; raises DatelineError naming the variable that cannot be read."""
        passage = integer(environ, "DATELINE_PASSAGE_TOKENS", 128, minimum=16)
        overlap = integer(environ, "DATELINE_OVERLAP_TOKENS", 0, minimum=0)
        if overlap > passage // 2:
            raise DatelineError(
                f"DATELINE_OVERLAP_TOKENS must be at most half of {passage}, not {overlap}."
            )
        return cls(
            model=environ.get("DATELINE_MODEL") or DEFAULT_MODEL,
            cache_dir=cache_directory(environ),
            passage_tokens=passage,
            overlap_tokens=overlap,
            threads=integer(environ, "DATELINE_THREADS", 0, minimum=0),
            retain_seconds=integer(environ, "DATELINE_RETAIN_SECONDS", 600, minimum=0),
            approximate_from=integer(environ, "DATELINE_APPROXIMATE_FROM", 50_000, minimum=1000),
            recall=share(environ, "DATELINE_RECALL", 0.99),
        )


def cache_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Where exported models and known vectors are kept; all of this that serving asks for."""
    return path(environ, "DATELINE_CACHE", "~/.cache/dateline")


def query_precision(environ: Mapping[str, str] = os.environ) -> Precision:
    """The precision queries are encoded in; raises DatelineError when there is no such."""
    name = environ.get("DATELINE_QUERY_PRECISION") or "int8"
    if name not in get_args(Precision):
        raise DatelineError(f"DATELINE_QUERY_PRECISION must be float32 or int8, not {name!r}.")
    return cast("Precision", name)


def path(environ: Mapping[str, str], name: str, default: str) -> Path:
    """The path in environment variable `name`, or `default`, with `~` written out."""
    return expanded(name, environ.get(name) or default)


def expanded(name: str, raw: str | Path) -> Path:
    """The path that setting `name` is, with `~` written out; raises DatelineError if none can."""
    try:
        return Path(raw).expanduser()
    except RuntimeError:
        raise DatelineError(
            f"{name} is {str(raw)!r}, and no such home directory is known: set it to a whole path."
        ) from None


def integer(
    environ: Mapping[str, str],
    name: str,
    default: int,
    *,
    minimum: int,
    maximum: int | None = None,
) -> int:
    """The whole number in environment variable `name`, or `default` when it is unset or empty."""
    raw = environ.get(name) or str(default)
    try:
        value = int(raw)
    except ValueError:
        raise DatelineError(f"{name} must be a whole number, not {raw!r}.") from None
    if value < minimum:
        raise DatelineError(f"{name} must be at least {minimum}, not {value}.")
    if maximum is not None and value > maximum:
        raise DatelineError(f"{name} must be at most {maximum}, not {value}.")
    return value


def share(environ: Mapping[str, str], name: str, default: float) -> float:
    """The number from 0 to 1 in environment variable `name`, or `default`."""
    raw = environ.get(name) or str(default)
    try:
        value = float(raw)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise DatelineError(f"{name} must be a number from 0 to 1, not {raw!r}.")
    return value
