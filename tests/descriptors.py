"""A process that has hardly any file descriptors left."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LIMIT = 512


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Leave this process so many descriptors: the others are taken, as by idle connections."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    free = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_LIMIT, limits[1]))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(free))
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for descriptor in (free, *taken):
            os.close(descriptor)
