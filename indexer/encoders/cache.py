"""A cache of vectors in SQLite, so that unchanged text is never encoded twice."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Span
from indexer.encoders.base import Encoder, well_formed
from indexer.errors import DatelineError
from indexer.sentence_vectors import from_signs, to_signs
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
RETRY_SECONDS = 0.01
# The low byte of an error's code is its family; the rest is detail.
FAMILY = 0xFF
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Rows = dict[bytes, bytes]
"""The vector of a text by the text's hash, the signs of its sentences by one of text and spans."""
Found = TypeVar("Found")


class _Damaged(sqlite3.DatabaseError):
    """A value that cannot have been written, where SQLite finds nothing wrong."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class CachedEncoder:
    """An encoder that remembers the vectors of passages and sentences; queries pass through.

    Passage vectors are kept as float16 and brought back to length one, of sentence vectors the
    signs are kept, and a vector just encoded takes the same way, so that what is returned never
    depends on what was in the cache. Several processes may share one file, several threads may
    not share one CachedEncoder.
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
        return self._mended(lambda: self._passages(texts))

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages, and of the sentences of each: their signs, at length one."""
        if not texts:
            return self._encoder.encode_with_sentences(texts, sentences)
        return self._mended(lambda: self._with_sentences(texts, sentences))

    def close(self) -> None:
        """Close the cache file."""
        self._database.close()

    def _mended(self, read: Callable[[], Found]) -> Found:
        """What `read` gives, from a new cache if this one turns out to be damaged."""
        try:
            return read()
        except sqlite3.DatabaseError as error:
            self._database.close()
            _discard(self._path, error)
            self._database = _connect(self._path)
            return read()

    def _passages(self, texts: Sequence[str]) -> Vectors:
        keys = [_text_key(text) for text in texts]
        rows = self._select(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if missing:
            vectors = self._encoder.encode_passages(list(missing.values()))
            rows |= self._insert(self._rounded(missing, vectors))
        self._count(len(texts), len(missing))
        return _unit([rows[key] for key in keys])

    def _with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        keys = [_text_key(text) for text in texts]
        places = [_place_key(key, spans) for key, spans in zip(keys, sentences, strict=True)]
        rows = self._select([*keys, *places])
        missing = {
            place: number
            for number, (key, place) in enumerate(zip(keys, places, strict=True))
            if not (key in rows and place in rows)
        }
        if missing:
            numbers = list(missing.values())
            vectors, pooled = self._encoder.encode_with_sentences(
                [texts[number] for number in numbers], [sentences[number] for number in numbers]
            )
            signs = (to_signs(each).tobytes() for each in pooled)
            fresh = self._rounded((keys[number] for number in numbers), vectors)
            # What was remembered goes before what was encoded again beside it.
            rows = self._insert(fresh | dict(zip(missing, signs, strict=True))) | rows
        self._count(len(texts), len(missing))
        return _unit([rows[key] for key in keys]), [
            self._sentences(rows[place], len(spans))
            for place, spans in zip(places, sentences, strict=True)
        ]

    def _rounded(self, keys: Iterable[bytes], vectors: Vectors) -> Rows:
        if not _of_length_one(vectors).all():
            raise DatelineError(
                f"The model {self.name} gave a passage a vector that is not of length one: delete "
                f"its export, models/{self.fingerprint} in the directory DATELINE_CACHE, which may "
                "be damaged, or set DATELINE_MODEL to another model."
            )
        halves = vectors.astype(np.float16)
        return {key: half.tobytes() for key, half in zip(keys, halves, strict=True)}

    def _sentences(self, signs: bytes, count: int) -> Vectors:
        rows = np.frombuffer(signs, np.uint8).reshape(count, -(-self.dimension // 8))
        return from_signs(rows, self.dimension)

    def _count(self, asked: int, missing: int) -> None:
        self.hits += asked - missing
        self.misses += missing

    def _select(self, keys: Sequence[bytes]) -> Rows:
        query = "SELECT vector FROM vectors WHERE fingerprint = ? AND text_sha256 = ?"
        rows: Rows = {}
        for key in keys:
            found = self._database.execute(query, (self.fingerprint, key)).fetchone()
            if found:
                rows[key] = found[0]
        return rows

    def _insert(self, rows: Rows) -> Rows:
        with self._database:
            self._database.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                [(self.fingerprint, key, value) for key, value in rows.items()],
            )
        return rows


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        _discard(path, error)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        _write_ahead(database)
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _write_ahead(database: sqlite3.Connection) -> None:
    """Have a file keep a write-ahead log; waits for others that are at the same new file.

    SQLite itself gives up at once where it would have to wait for a lock while it holds another.
    """
    deadline = monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & FAMILY != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
        sleep(RETRY_SECONDS)


def _discard(path: Path, error: sqlite3.DatabaseError) -> None:
    """Delete a damaged cache; raises DatelineError when something else is wrong with it."""
    if error.sqlite_errorcode & FAMILY not in DAMAGED:
        raise _unusable(path, error) from error
    log.warning("The vector cache %s is damaged (%s) and is begun anew.", path, error)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)


def _unusable(path: Path, error: Exception) -> DatelineError:
    return DatelineError(
        f"The vector cache {path} cannot be used ({error}): "
        "make room or give access there, or set DATELINE_CACHE to another directory."
    )


def _text_key(text: str) -> bytes:
    return hashlib.sha256(well_formed(text).encode()).digest()


def _place_key(text_key: bytes, spans: Sequence[Span]) -> bytes:
    places = np.array([(span.start, span.end) for span in spans], "<i8")
    return hashlib.sha256(text_key + places.tobytes()).digest()


def _unit(rows: Sequence[bytes]) -> Vectors:
    vectors = np.stack([np.frombuffer(row, np.float16) for row in rows]).astype(np.float32)
    if not _of_length_one(vectors).all():
        raise _Damaged("a vector is not as long as it was")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _of_length_one(vectors: Vectors) -> NDArray[np.bool_]:
    # Half precision moves a length by less than a thousandth.
    near: NDArray[np.bool_] = np.abs(np.linalg.norm(vectors, axis=1) - 1) < 0.01
    return near
