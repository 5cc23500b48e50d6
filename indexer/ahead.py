"""Encoding ahead: the long part of indexing, done before anybody has to wait for the rest."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from indexer.temporary import temporary
from indexer.writing import Chunked, Writer


@dataclass(frozen=True, slots=True)
class Encoded:
    """Batches whose vectors are in the cache, kept in a file of this process alone."""

    file: IO[bytes]
    count: int

    def batches(self) -> Iterator[Sequence[Chunked]]:
        """The batches, in the order they came."""
        self.file.seek(0)
        for _ in range(self.count):
            yield pickle.load(self.file)  # noqa: S301 (nobody else writes to it)


@contextmanager
def encoded_ahead(batches: Iterable[Sequence[Chunked]], writer: Writer) -> Iterator[Encoded]:
    """All batches, encoded, and out of memory; raises TemporaryUnusable."""
    with temporary():
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed right below)
    with file:
        count = 0
        for batch in batches:
            writer.encode(batch)
            with temporary():
                pickle.dump(batch, file, pickle.HIGHEST_PROTOCOL)
                file.flush()
            count += 1
        yield Encoded(file, count)
