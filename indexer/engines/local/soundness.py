"""Whether what is read of an index is as it was written."""

from __future__ import annotations

from types import TracebackType

from indexer.engines.local.panics import is_panic
from indexer.errors import IndexDamaged


class Soundness:
    """What is known of a part of an index while it is open: sound, until damage is met."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.damaged = False
        """Whether reading has met damage."""

    def reading(self, *raised: type[Exception]) -> Reading:
        """Raises IndexDamaged for what is `raised` where files are not what was written."""
        return Reading(self, raised)


class Reading:
    """A part that is being read, which may be entered again and again, by many threads at once.

    A search does for each of its terms: a generator would take some microseconds every time.
    """

    __slots__ = ("_raised", "_soundness")

    def __init__(self, soundness: Soundness, raised: tuple[type[Exception], ...]) -> None:
        self._soundness, self._raised = soundness, raised

    def __enter__(self) -> None:
        """Begin to read."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise IndexDamaged in the place of what means damage, a panic included."""
        if isinstance(error, self._raised) or is_panic(error):
            self._soundness.damaged = True
            raise IndexDamaged(
                f"{self._soundness.part} cannot be read ({error}): restore a backup, or index "
                "everything into a new directory."
            ) from error
