"""What can be wrong with a query that is well formed."""

from __future__ import annotations

from indexer.errors import DatelineError


class CursorRefused(DatelineError):
    """A cursor that leads nowhere; `place` is its query's among several asked together."""

    place: int | None = None


class BadCursor(CursorRefused):
    """A cursor that this search never handed out."""


class StaleCursor(CursorRefused):
    """A cursor into a generation that is kept no longer."""


class NotCalibrated(DatelineError):
    """A relevance was asked for that nobody has calibrated the index's model to give."""
