"""Panics of tantivy, as errors like others: they pass every `except Exception`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Panic(RuntimeError):
    """tantivy met what it takes for impossible."""


def is_panic(error: BaseException | None) -> bool:
    """Whether tantivy has panicked."""
    # The class is made within tantivy, and cannot be imported.
    return type(error).__name__ == "PanicException"


@contextmanager
def panics_raised() -> Iterator[None]:
    """Raise Panic where tantivy panics."""
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise
        raise Panic(str(error)) from error
