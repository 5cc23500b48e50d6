"""What all tests of the contract of an engine share: the engines, filled, and how to ask them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from indexer.engines.base import Candidates, Engine, Snapshot, Word
from indexer.engines.local import LocalEngine
from tests.engines.corpus import CHUNKING, MODEL, entries

ENGINES: dict[str, Callable[[Path], Engine]] = {"local": LocalEngine}
ALL = 1000


def fill(engine: Engine) -> Engine:
    with engine.draft(MODEL, CHUNKING) as draft:
        for entry in entries():
            draft.add(*entry)
        draft.publish()
    return engine


def named(snapshot: Snapshot, found: Candidates) -> dict[str, float]:
    """The scores of what was found, by the ids of the passages."""
    ids = [located.passage.id for located in snapshot.locate(found.handles)]
    return dict(zip(ids, found.scores.tolist(), strict=True))


def looked_for(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, 1.0) for text in texts)
