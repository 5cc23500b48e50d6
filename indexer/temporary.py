"""Files that are there for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.errors import TemporaryUnusable


@contextmanager
def temporary() -> Iterator[None]:
    """Raise TemporaryUnusable where nothing can be written to the directory for temporary files."""
    try:
        yield
    except OSError as error:
        raise TemporaryUnusable(
            f"Nothing can be written to the directory for temporary files ({error}): make room "
            "there, or name another in TMPDIR."
        ) from error
