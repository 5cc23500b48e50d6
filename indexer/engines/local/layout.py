"""Where the files of a local index are, and how a generation becomes visible for good."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from indexer.durable import sync
from indexer.engines.local.files import sync_all
from indexer.engines.local.manifest_file import MANIFEST, unreadable
from indexer.engines.manifest import number_of
from indexer.errors import (
    DatelineError,
    GenerationGone,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
)
from indexer.exhaustion import enough
from indexer.failpoints import reach
from indexer.locking import held

LEXICAL = "lexical"
TOMBSTONES = "tombstones.npy"

_NAME = re.compile(r"\d{6,}-[0-9a-f]{8}")


class Layout:
    """The directory of an index: `CURRENT`, `generations/`, `segments/` and the locks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.draft = directory / "generations" / ".draft"
        self.segment_draft = directory / "segments" / ".draft"
        self.segment_compaction = directory / "segments" / ".compaction"
        self.lexical_compaction = directory / "generations" / ".compaction"
        self._generations = directory / "generations"
        self._segments = directory / "segments"
        self._current = directory / "CURRENT"
        self._read: tuple[tuple[int, int], str] = ((0, 0), "")

    def generation(self, name: str) -> Path:
        """The directory of the generation called `name`."""
        return self._generations / name

    def segment(self, name: str) -> Path:
        """The directory of the segment called `name`."""
        return self._segments / name

    def generations(self) -> list[str]:
        """The names of all generations there are, oldest first, published or not."""
        return _directories(self._generations)

    def segments(self) -> list[str]:
        """The names of all segments there are, in order, whether anything needs them or not."""
        return _directories(self._segments)

    def kept(self) -> list[str]:
        """The names of the published generations there are, oldest first."""
        current = self.current()
        return [name for name in self.generations() if _order(name) <= _order(current)]

    @enough()
    def current(self) -> str:
        """The name of the published generation; raises IndexMissing."""
        try:
            status = self._current.stat()
            # Asked before every search: the file is read again only after it was replaced.
            version = (status.st_ino, status.st_mtime_ns)
            if version != self._read[0]:
                self._read = (version, self._named())
            return self._read[1]
        except (FileNotFoundError, NotADirectoryError):
            return self._newest()
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _newest(self) -> str:
        """The newest generation, where CURRENT is gone: whatever has its name is whole."""
        names = self.generations()
        if not names:
            raise IndexMissing(
                f"There is no index in {self.directory}: build one with "
                f"`dateline index PATH... --index {self.directory}`."
            )
        return names[-1]

    def _damaged(self, reason: object) -> IndexDamaged:
        return IndexDamaged(
            f"{self._current} cannot be read ({reason}): mend its permissions, or write into it "
            f"the last name there is in {self._generations}."
        )

    def _named(self) -> str:
        """What CURRENT says; raises ValueError where that is none of the generations."""
        name = self._current.read_text("utf-8").removesuffix("\n")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no generation's name")
        if self.generation(name).is_dir():
            return name
        if name == self._current.read_text("utf-8").removesuffix("\n"):
            raise ValueError(f"generation {name} is not there")
        # Others have published since, and swept it away.
        return self._named()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise DatelineError when the disk is full or does not let this process write."""
        with enough():
            try:
                yield
            # FAISS raises RuntimeError then, and tantivy ValueError.
            except (OSError, RuntimeError, ValueError, sqlite3.OperationalError) as error:
                raise DatelineError(
                    f"The index directory {self.directory} cannot be written to ({error}): "
                    "make room there, mend its permissions, or choose another with --index."
                ) from error

    @contextmanager
    def locked(self, name: str, patience: float = 0.0) -> Iterator[None]:
        """Hold the lock `name`, waited for as many seconds; raises IndexBusy."""
        busy = IndexBusy(
            "Another process is writing to this index: try again when it has finished."
        )
        with ExitStack() as stack:
            with self.writing():
                self.directory.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.directory / name, busy, patience))
            yield

    def hold(self, name: str) -> int:
        """Keep generation `name` from being removed until this file descriptor is closed.

        Raises GenerationGone when it is not there any more, IndexDamaged where it may not be read.
        """
        path = self.generation(name) / MANIFEST
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            if self.generation(name).exists():
                raise IndexDamaged(
                    f"Generation {name} has no manifest: restore a backup, or index everything "
                    "into a new directory."
                ) from None
            raise GenerationGone(f"Generation {name} is kept no longer.") from None
        except OSError as error:
            raise unreadable(name, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if path.exists():
                return descriptor
        except OSError as error:
            os.close(descriptor)
            raise DatelineError(
                f"Generation {name} cannot be held ({error}): keep the index where files can be "
                "locked, which some network file systems do not allow."
            ) from error
        os.close(descriptor)
        raise GenerationGone(f"Generation {name} is kept no longer.")

    def begin(self, draft: Path) -> Path:
        """An empty directory in the place of `draft`, whatever a crash left there."""
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        return draft

    def abandon(self) -> None:
        """Remove unfinished drafts, if there are any."""
        shutil.rmtree(self.draft, ignore_errors=True)
        shutil.rmtree(self.segment_draft, ignore_errors=True)

    def abandon_compaction(self) -> None:
        """Remove what a compaction has not finished, if there is anything."""
        shutil.rmtree(self.segment_compaction, ignore_errors=True)
        shutil.rmtree(self.lexical_compaction, ignore_errors=True)

    def settle(self, draft: Path, name: str) -> None:
        """Give a finished segment its name, durably; no generation refers to it yet."""
        sync_all(draft)
        target = self.segment(name)
        # What a crash left of the very same segment.
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
        sync(self._segments)
        reach("segment-named")

    def publish(self, name: str) -> None:
        """Give the finished draft its name and make it current, durably and at one instant."""
        sync_all(self.draft)
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


def _directories(parent: Path) -> list[str]:
    """The names of the generations or segments in `parent`, in order."""
    # File managers leave files of their own in every directory somebody looks into.
    if not parent.exists():
        return []
    found = (path.name for path in parent.iterdir() if _NAME.fullmatch(path.name))
    return sorted(found, key=_order)


def _order(name: str) -> tuple[int, str]:
    return number_of(name), name
