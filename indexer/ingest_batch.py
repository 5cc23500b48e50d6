"""A batch of entries of the inbox on their way into a draft."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from indexer.article_json import from_json, to_json
from indexer.engines.base import Draft, Snapshot
from indexer.errors import IndexDamaged, ModelUnavailable
from indexer.jobs import Entry, Outcome
from indexer.writing import Chunked, Writer


class Unwritable(Exception):
    """Something in a batch could not be chunked, encoded or added."""


def encode(writer: Writer, base: Snapshot | None, entries: Sequence[Entry]) -> dict[str, Chunked]:
    """What differs from `base`, by id, with its vectors in the cache; raises as `write` does."""
    with _blamed():
        chunked = {
            article_id: writer.chunk(from_json(payload))
            for article_id, payload in _last(entries).items()
            if payload is not None and not _says(base, article_id, payload)
        }
        writer.encode(list(chunked.values()))
    return chunked


def write(
    writer: Writer,
    draft: Draft,
    base: Snapshot | None,
    entries: Sequence[Entry],
    encoded: Mapping[str, Chunked],
) -> list[tuple[Entry, Outcome]]:
    """Write what the last entry of each article says; the entries before it share its fate.

    `encoded` are those that are known to be new. Raises Unwritable when the fault may be with an
    article.
    """
    fates: dict[str, Outcome] = {}
    batch: list[Chunked] = []
    with _blamed():
        for article_id, payload in _last(entries).items():
            if payload is None:
                there = draft.remove(article_id)
                fates[article_id] = Outcome.WITHDRAWN if there else Outcome.UNCHANGED
            elif _says(base, article_id, payload):
                fates[article_id] = Outcome.UNCHANGED
            else:
                known = encoded.get(article_id)
                batch.append(known or writer.chunk(from_json(payload)))
                fates[article_id] = Outcome.INDEXED
        if batch:
            writer.add(draft, batch)
    return [(entry, fates[entry.article_id]) for entry in entries]


def _last(entries: Sequence[Entry]) -> dict[str, str | None]:
    """What the last entry of each article says."""
    return {entry.article_id: entry.payload for entry in entries}


def _says(base: Snapshot | None, article_id: str, payload: str) -> bool:
    stored = base.article(article_id) if base else None
    return stored is not None and to_json(stored) == payload


@contextmanager
def _blamed() -> Iterator[None]:
    """Raise Unwritable for whatever is not the fault of what is around an article."""
    try:
        yield
    except Exception as error:
        if _surroundings(error):
            raise
        raise Unwritable from error


def _surroundings(error: BaseException | None) -> bool:
    """Whether it is the disk, the memory, the index or the model that is at fault."""
    while error is not None:
        if isinstance(
            error,
            OSError | MemoryError | sqlite3.OperationalError | IndexDamaged | ModelUnavailable,
        ):
            return True
        error = error.__cause__
    return False
