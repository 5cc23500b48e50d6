"""Settings of the serving side, read from the environment in this one place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.answers.endpoint import ModelSettings
from api.search.method import FUSIONS, LAYERED
from api.search.weights import PACKAGED
from indexer.errors import DatelineError
from indexer.settings import integer, path

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_INDEX = ".dateline/index"
# Python cannot wait for ever, and nobody waits for a day.
LONGEST_SECONDS = 24 * 60 * 60
# Each holds a thread of every worker.
MOST_STREAMS = 256
DEFAULT_MAX_BODY_BYTES = 64 * 1024
DEFAULT_MAX_ARTICLE_BYTES = 4 * 2**20
DEFAULT_MAX_ARTICLES_BYTES = 256 * 2**20

_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Which index is served, how its hits are ordered, how large a body may be, who may write.

    `reranker` is a CrossEncoder by directory or hub id, or the address of a server, whose model
    and key are the two settings after it. `llm` is the language model that words answers; without
    one they are sentences of the passages. `mcp_hosts` are the names by which /mcp may be reached.
    `nli` is a CrossEncoder too, which judges answers.
    """

    index: Path = Path(DEFAULT_INDEX)
    fusion: str = LAYERED
    weights: Path = PACKAGED
    reranker: str = ""
    reranker_model: str = ""
    reranker_api_key: str = field(default="", repr=False)
    reranker_depth: int = 20
    reranker_seconds: float = 1.0
    llm: ModelSettings | None = None
    nli: str = ""
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    max_article_bytes: int = DEFAULT_MAX_ARTICLE_BYTES
    max_articles_bytes: int = DEFAULT_MAX_ARTICLES_BYTES
    write_keys: tuple[str, ...] = field(default=(), repr=False)
    mcp_hosts: tuple[str, ...] = LOOPBACK

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> ApiSettings:
        """Read `DATELINE_*`; raises DatelineError naming the variable that cannot be read."""
        return cls(
            index=path(environ, "DATELINE_INDEX", DEFAULT_INDEX),
            fusion=_fusion(environ.get("DATELINE_FUSION") or LAYERED),
            weights=path(environ, "DATELINE_WEIGHTS", str(PACKAGED)),
            reranker=environ.get("DATELINE_RERANKER", ""),
            reranker_model=environ.get("DATELINE_RERANKER_MODEL", ""),
            reranker_api_key=environ.get("DATELINE_RERANKER_API_KEY", ""),
            reranker_depth=integer(environ, "DATELINE_RERANKER_DEPTH", 20, minimum=1),
            reranker_seconds=_reranker_seconds(environ),
            llm=_llm(environ),
            nli=environ.get("DATELINE_NLI", ""),
            max_body_bytes=integer(
                environ, "DATELINE_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES, minimum=1024
            ),
            max_article_bytes=integer(
                environ, "DATELINE_MAX_ARTICLE_BYTES", DEFAULT_MAX_ARTICLE_BYTES, minimum=1024
            ),
            max_articles_bytes=integer(
                environ, "DATELINE_MAX_ARTICLES_BYTES", DEFAULT_MAX_ARTICLES_BYTES, minimum=1024
            ),
            write_keys=_keys(environ.get("DATELINE_WRITE_KEYS", "")),
            mcp_hosts=_hosts(environ.get("DATELINE_MCP_HOSTS", "")),
        )


def _fusion(name: str) -> str:
    if name not in (LAYERED, *FUSIONS):
        known = ", ".join((LAYERED, *FUSIONS))
        raise DatelineError(f"DATELINE_FUSION must be one of {known}; it is {name!r}.")
    return name


def _hosts(listed: str) -> tuple[str, ...]:
    hosts = tuple(host for part in listed.split(",") if (host := part.strip().lower()))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise DatelineError(
            "DATELINE_MCP_HOSTS must be names or addresses of hosts without scheme and port, "
            "with commas between them, such as search.example.org,[fd00::1]."
        )
    return (*LOOPBACK, *hosts)


def _llm(environ: Mapping[str, str]) -> ModelSettings | None:
    base_url = environ.get("DATELINE_LLM_BASE_URL", "")
    model = environ.get("DATELINE_LLM_MODEL", "")
    if not base_url and not model:
        return None
    if not (base_url and model):
        raise DatelineError(
            "DATELINE_LLM_BASE_URL and DATELINE_LLM_MODEL belong together: set both, or neither."
        )
    return ModelSettings(
        base_url,
        model,
        environ.get("DATELINE_LLM_API_KEY", ""),
        seconds=_seconds(environ, "DATELINE_LLM_SECONDS", 120),
        silence=_seconds(environ, "DATELINE_LLM_SILENCE_SECONDS", 30),
        streams=integer(environ, "DATELINE_LLM_STREAMS", 8, minimum=1, maximum=MOST_STREAMS),
    )


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    return integer(environ, name, default, minimum=1, maximum=LONGEST_SECONDS)


def _reranker_seconds(environ: Mapping[str, str]) -> float:
    longest = LONGEST_SECONDS * 1000
    return integer(environ, "DATELINE_RERANKER_MS", 1000, minimum=1, maximum=longest) / 1000


def _keys(listed: str) -> tuple[str, ...]:
    keys = tuple(key for part in listed.split(",") if (key := part.strip()))
    if not all(_KEY.fullmatch(key) for key in keys):
        raise DatelineError(
            "DATELINE_WRITE_KEYS holds a key with a character that no header can carry: "
            "use letters, digits and - . _ ~ + / = (RFC 6750), and commas between keys."
        )
    return keys
