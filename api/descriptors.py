"""How many files and connections a process may have open."""

from __future__ import annotations

import resource

WANTED = 8192
RESERVED = 256
"""So many are for files: a generation has some forty open, and several may be."""


def allow() -> int:
    """Have the system allow as many as it lets us ask for, up to WANTED; how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Many systems give a process 1,024, which a thousand clients use up, and let it ask for more.
    allowed = min(WANTED, _number(hard))
    if _number(soft) < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed, _number(soft))


def for_connections(allowed: int) -> int:
    """How many of so many are for connections."""
    return max(allowed - RESERVED, allowed // 2)


def _number(limit: int) -> int:
    return WANTED if limit == resource.RLIM_INFINITY else limit
