"""What tantivy raises, as errors of ours: it panics where others raise an exception."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.errors import IndexDamaged


class Panic(RuntimeError):
    """tantivy met what it takes for impossible."""


@contextmanager
def panics_raised() -> Iterator[None]:
    """Raise Panic where tantivy panics, which would pass every `except Exception`."""
    try:
        yield
    except BaseException as error:
        # The class is made within tantivy, and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise Panic(str(error)) from error


@contextmanager
def sound() -> Iterator[None]:
    """Raise IndexDamaged for whatever tantivy makes of files that are not what it wrote."""
    try:
        with panics_raised():
            yield
    except (Panic, ValueError, TypeError, OverflowError) as error:
        raise IndexDamaged(
            f"The lexical index cannot be read ({error}): restore a backup, or index everything "
            "into a new directory."
        ) from error
