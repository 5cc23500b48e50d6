"""Where the files of a local index are, and how one becomes visible for good."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.engines.manifest import FileCard
from indexer.errors import DatelineError, IndexDamaged, IndexMissing
from indexer.failpoints import reach

MANIFEST = "manifest.json"
STORE = "articles.sqlite"
DENSE = "vectors.faiss"
LEXICAL = "lexical"
ARTICLES = "articles"
_DRAFT = ".draft"
# A reader that has just read CURRENT must still find its generation, so the one before stays.
_KEPT = 2


class Layout:
    """The directory of an index: `CURRENT`, `write.lock` and `generations/`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lock = directory / "write.lock"
        self.draft = directory / "generations" / _DRAFT
        self._generations = directory / "generations"
        self._current = directory / "CURRENT"
        self._read: tuple[tuple[int, int], str] = ((0, 0), "")

    def generation(self, name: str) -> Path:
        """The directory of the generation called `name`."""
        return self._generations / name

    def kept(self) -> list[str]:
        """The names of the generations there are, oldest first."""
        # File managers leave files of their own in every directory somebody looks into.
        found = (path.name for path in self._generations.iterdir() if path.is_dir())
        return sorted(name for name in found if name != _DRAFT)

    def current(self) -> str:
        """The name of the published generation; raises IndexMissing."""
        try:
            status = self._current.stat()
            # Asked before every search: the file is read again only after it was replaced.
            version = (status.st_ino, status.st_mtime_ns)
            if version != self._read[0]:
                self._read = (version, self._current.read_text("utf-8").strip())
            return self._read[1]
        except (FileNotFoundError, NotADirectoryError):
            raise IndexMissing(
                f"There is no index in {self.directory}: build one with "
                f"`dateline index PATH... --index {self.directory}`."
            ) from None
        except (OSError, ValueError) as error:
            raise IndexDamaged(
                f"{self._current} cannot be read ({error}): mend its permissions, "
                "or index everything into a new directory."
            ) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise DatelineError when the disk is full or does not let this process write."""
        try:
            yield
        # FAISS raises RuntimeError then, and tantivy ValueError.
        except (OSError, RuntimeError, ValueError, sqlite3.OperationalError) as error:
            raise DatelineError(
                f"The index directory {self.directory} cannot be written to ({error}): "
                "make room there, mend its permissions, or choose another with --index."
            ) from error

    def begin(self) -> Path:
        """An empty directory for the next generation, whatever a crash left there."""
        self.abandon()
        self.draft.mkdir(parents=True)
        return self.draft

    def abandon(self) -> None:
        """Remove an unfinished draft, if there is one."""
        shutil.rmtree(self.draft, ignore_errors=True)

    def publish(self, name: str) -> None:
        """Give the finished draft its name and make it current, durably and at one instant."""
        for path in sorted(self.draft.rglob("*")):
            sync(path)
        sync(self.draft)
        self.draft.rename(self.generation(name))
        sync(self._generations)
        reach("generation-named")
        fresh = self._current.with_suffix(".new")
        fresh.write_text(name + "\n", "utf-8")
        sync(fresh)
        reach("current-written")
        fresh.rename(self._current)
        sync(self.directory)
        reach("current-renamed")

    def sweep(self) -> None:
        """Remove generations that were never published or are no longer needed."""
        if not self._generations.exists():
            return
        current = self.current() if self._current.exists() else ""
        names = self.kept()
        published = [name for name in names if name <= current]
        for name in set(names) - set(published[-_KEPT:]):
            shutil.rmtree(self.generation(name))


def checksum(path: Path) -> FileCard:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return FileCard(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def sync(path: Path) -> None:
    """Force a file or directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
