"""Compaction in the background of the process that writes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from indexer.engines.manifest import Manifest
from indexer.errors import DatelineError

log = logging.getLogger(__name__)


class Compacting(Thread):
    """Merges segments whenever it is told that there are new ones.

    It needs no ending: whatever it is at when the process goes is thrown away by the next one.
    """

    def __init__(self, compact: Callable[[], Manifest | None]) -> None:
        """`compact` merges once and tells what came of it, None when there was nothing to do."""
        super().__init__(name="compacting", daemon=True)
        self._compact = compact
        self._due = Event()

    def wake(self) -> None:
        """Look soon whether there is anything to merge."""
        self._due.set()

    def run(self) -> None:
        """Merge for ever; what goes wrong is logged and tried again with the next segment."""
        while self._due.wait():
            self._due.clear()
            try:
                while manifest := self._compact():
                    count = len(manifest.segments)
                    log.info("Generation %s: merged, segments now: %d.", manifest.generation, count)
            except DatelineError as error:
                log.warning("Segments are not merged now: %s", error)
            except Exception:
                log.exception("Segments could not be merged")
