"""Removing what an index needs no longer."""

from __future__ import annotations

import fcntl
import os
import shutil

from indexer.engines.local.layout import Layout
from indexer.engines.local.manifest_file import MANIFEST, read_manifest
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing
from indexer.failpoints import reach


class Sweeper:
    """Sweeps an index, for whoever holds its lock of writers."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pruned = layout.generation(".pruned")
        self._referred: dict[str, frozenset[str]] = {}

    def sweep(self, retain_seconds: float) -> None:
        """Remove what was never published, and generations that nobody needs any longer.

        The current one stays, the one before it, those that were replaced less than
        `retain_seconds` ago, and those that somebody reads.
        """
        self._sweep_generations(retain_seconds)
        self._sweep_segments()

    def _sweep_generations(self, retain_seconds: float) -> None:
        shutil.rmtree(self._pruned, ignore_errors=True)
        names = self._layout.generations()
        try:
            published = self._layout.kept()
        except IndexMissing:
            published = []
        for name in names[len(published) :]:
            self._discard(name)
        born = [self._born(name) for name in published]
        for name, replaced in zip(published[:-2], born[1:-1], strict=True):
            # Counted from the newest generation and not from the clock, which may be set back.
            if born[-1] - replaced >= retain_seconds and not self._is_held(name):
                self._discard(name)

    def _born(self, name: str) -> float:
        """When a generation was made; one without a manifest serves nobody and is ages old."""
        manifest = self._layout.generation(name) / MANIFEST
        return manifest.stat().st_mtime if manifest.exists() else 0.0

    def _is_held(self, name: str) -> bool:
        try:
            descriptor = os.open(self._layout.generation(name) / MANIFEST, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _discard(self, name: str) -> None:
        """Remove a generation: for everybody at one instant, and then its files."""
        self._layout.generation(name).rename(self._pruned)
        reach("generation-pruned")
        shutil.rmtree(self._pruned)

    def _sweep_segments(self) -> None:
        names = self._layout.generations()
        try:
            self._referred = {
                name: self._referred.get(name) or self._refers(name) for name in names
            }
        except (IndexDamaged, IndexMismatch):
            # Nobody knows what it needs: nothing is removed while it is here.
            return
        needed = frozenset[str]().union(*self._referred.values())
        for name in self._layout.segments():
            if name not in needed:
                shutil.rmtree(self._layout.segment(name))

    def _refers(self, name: str) -> frozenset[str]:
        """The names of the segments of a generation."""
        manifest = read_manifest(self._layout.generation(name))
        return frozenset(segment.name for segment in manifest.segments)
