"""What can be wrong with a query that is well formed."""

from __future__ import annotations

from indexer.errors import DatelineError


class BadCursor(DatelineError):
    """A cursor that this search never handed out."""


class StaleCursor(DatelineError):
    """A cursor into a generation that is no longer served."""
