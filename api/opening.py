"""The engine as the settings say, for whoever writes to an index from the command line."""

from __future__ import annotations

from pathlib import Path

from indexer.engines.local import LocalEngine
from indexer.engines.local.nearest import Approximation
from indexer.settings import IndexerSettings


def open_engine(directory: Path, settings: IndexerSettings, patience: float = 0.0) -> LocalEngine:
    """The engine over `directory`; who writes waits up to `patience` seconds for others."""
    approximation = Approximation(settings.approximate_from, settings.recall)
    return LocalEngine(directory, settings.retain_seconds, patience, approximation)
