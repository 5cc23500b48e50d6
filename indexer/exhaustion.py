"""What a process has run out of, told apart from what is wrong with the files it reads."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from indexer.errors import DatelineError, ResourcesExhausted

_REFUSALS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
# A thread that cannot be made is "temporarily unavailable", as is a lock that another holds.
_TOLD = [os.strerror(number) for number in (*_REFUSALS, errno.EAGAIN)]


@contextmanager
def enough() -> Iterator[None]:
    """Raise ResourcesExhausted for what came of having no descriptors, memory or threads left.

    Whoever met it first may have taken it for a file that is missing or damaged.
    """
    try:
        yield
    except ResourcesExhausted:
        raise
    except Exception as error:
        refusal = next(filter(_is_refusal, _causes(error)), None)
        if refusal is None:
            raise
        raise ResourcesExhausted(
            f"This process has no descriptors, memory or threads left ({refusal}): give it more "
            "(`ulimit -n`, `ulimit -u`, the limits of its container). The index may be sound."
        ) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def _is_refusal(error: BaseException) -> bool:
    """Whether the system refused; libraries of C++ and Rust pass on only its words."""
    if isinstance(error, OSError):
        return error.errno in _REFUSALS
    own = isinstance(error, DatelineError)
    return not own and any(words in str(error) for words in _TOLD)
