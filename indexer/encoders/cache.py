"""A cache of passage vectors in SQLite, so that unchanged text is never encoded twice."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.base import Encoder, well_formed
from indexer.errors import DatelineError
from indexer.vectors import Vectors

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    fingerprint TEXT NOT NULL,
    text_sha256 BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (fingerprint, text_sha256)
) WITHOUT ROWID
"""
BUSY_SECONDS = 60.0
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Rows = dict[bytes, NDArray[np.float16]]


class CachedEncoder:
    """An encoder that remembers its passage vectors; queries pass through.

    Vectors are kept as float16 and brought back to length one, and a vector just encoded takes
    the same way, so that what is returned never depends on what was in the cache. Several
    processes may share one file, several threads may not share one CachedEncoder.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        """Open the cache at `path`, or create it; raises DatelineError when it cannot be used."""
        self._encoder = encoder
        self._path = path
        self.hits = 0
        self.misses = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(path, error) from error
        self._database = _open(path)

    @property
    def name(self) -> str:
        """The model's name, as the user gave it."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the model."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads, special tokens included."""
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        return self._encoder.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries: float32[len(texts), dimension]."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in the order given: float32[len(texts), dimension]."""
        if not texts:
            return self._encoder.encode_passages(texts)
        try:
            return self._through_cache(texts)
        except sqlite3.DatabaseError as error:
            self._database.close()
            _discard(self._path, error)
            self._database = _connect(self._path)
            return self._through_cache(texts)

    def close(self) -> None:
        """Close the cache file."""
        self._database.close()

    def _through_cache(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(well_formed(text).encode()).digest() for text in texts]
        rows = self._select(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if missing:
            fresh = self._encoder.encode_passages(list(missing.values())).astype(np.float16)
            learned = dict(zip(missing, fresh, strict=True))
            self._insert(learned)
            rows |= learned
        self.hits += len(texts) - len(missing)
        self.misses += len(missing)
        return _unit(np.stack([rows[key] for key in keys]))

    def _select(self, keys: Sequence[bytes]) -> Rows:
        query = "SELECT vector FROM vectors WHERE fingerprint = ? AND text_sha256 = ?"
        rows: Rows = {}
        for key in keys:
            found = self._database.execute(query, (self.fingerprint, key)).fetchone()
            if found:
                rows[key] = np.frombuffer(found[0], np.float16)
        return rows

    def _insert(self, rows: Rows) -> None:
        with self._database:
            self._database.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                [(self.fingerprint, key, vector.tobytes()) for key, vector in rows.items()],
            )


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        _discard(path, error)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _discard(path: Path, error: sqlite3.DatabaseError) -> None:
    """Delete a damaged cache; raises DatelineError when something else is wrong with it."""
    # The low byte is the error's family; the rest is detail.
    if error.sqlite_errorcode & 0xFF not in DAMAGED:
        raise _unusable(path, error) from error
    log.warning("The vector cache %s is damaged (%s) and is begun anew.", path, error)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)


def _unusable(path: Path, error: Exception) -> DatelineError:
    return DatelineError(
        f"The vector cache {path} cannot be used ({error}): "
        "make room or give access there, or set DATELINE_CACHE to another directory."
    )


def _unit(rounded: NDArray[np.float16]) -> Vectors:
    vectors = rounded.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
