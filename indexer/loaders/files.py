"""Finding the files to load, and opening each within a bound on its size."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from indexer.errors import UnreadableFile
from indexer.loaders.draft import Problem

STANDARD_INPUT = "-"
SIZE_LIMIT = 256 * 2**20
"""The most bytes of one file that are read, decompressed; files read by line have none."""
BY_LINE = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to load: where it is, and its path under the root it was found from."""

    path: Path | None
    """None for standard input."""
    name: str
    suffix: str
    compressed: bool = False

    @property
    def where(self) -> str:
        """How messages name the file."""
        if self.path is None:
            return "standard input"
        return os.fsencode(self.path).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a run, what could not be found, and how many files were of other kinds."""

    files: tuple[InputFile, ...]
    problems: tuple[Problem, ...] = ()
    skipped: int = 0


def find(paths: Sequence[str | Path], suffixes: Collection[str]) -> Found:
    """All files under `paths` that have one of `suffixes`, each once, directories in name order."""
    search = _Search(suffixes, [os.path.realpath(path) for path in paths if str(path)])
    for path in paths:
        search.add(path)
    return Found(tuple(search.files.values()), tuple(search.problems), search.skipped)


class _Search:
    def __init__(self, suffixes: Collection[str], roots: Sequence[str]) -> None:
        self.files: dict[str, InputFile] = {}
        self.problems: list[Problem] = []
        self.skipped = 0
        self._suffixes, self._roots = suffixes, roots

    def add(self, given: str | Path) -> None:
        path = Path(given)
        if str(given) == STANDARD_INPUT:
            standard_input = InputFile(None, STANDARD_INPUT, ".jsonl")
            self.files.setdefault(STANDARD_INPUT, standard_input)
        elif not str(given):
            # Path would take a variable that was never set for the working directory.
            reason = "a path given is empty; for the working directory write ."
            self.problems.append(Problem("''", reason))
        elif reason := _unreachable(path):
            self._report(path, reason)
        elif path.is_dir():
            self._add_directory(path)
        elif not self._add_file(path, path.name):
            known = " ".join(sorted(self._suffixes))
            self._report(path, f"its kind is not known; known are {known} (each also .gz) and -")

    def _add_directory(self, root: Path) -> None:
        for folder, subfolders, names in os.walk(root, onerror=self._unreadable_directory):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in subfolders:
                self._report_link(Path(folder, name))
            for name in sorted(name for name in names if not name.startswith(".")):
                path = Path(folder, name)
                self.skipped += not self._add_file(path, path.relative_to(root).as_posix())

    def _report_link(self, folder: Path) -> None:
        """Name a folder that is passed over as a link, unless it is found where it is."""
        if not _unreachable(folder) and folder.is_symlink():
            target = Path(os.path.realpath(folder))
            if not any(target.is_relative_to(root) for root in self._roots):
                self._report(folder, "it is a link to a folder elsewhere: give that as a path too")

    def _add_file(self, path: Path, name: str) -> bool:
        suffix, compressed = _kind(path.name)
        if suffix not in self._suffixes:
            return False
        if reason := _unreachable(path):
            self._report(path, reason)
        elif path.is_file():
            file = InputFile(path, name, suffix, compressed)
            self.files.setdefault(os.path.realpath(path), file)
        else:
            self._report(path, "it is no regular file")
        return True

    def _report(self, path: Path, reason: str) -> None:
        self.problems.append(Problem(str(path), reason))

    def _unreadable_directory(self, error: OSError) -> None:
        self._report(Path(str(error.filename)), f"it could not be listed: {error.strerror}")


# Asked first, because is_dir() and its like raise where a folder may not be entered or a name is
# too long.
def _unreachable(path: Path) -> str:
    """Why nothing can be learned about what is at a path; empty when it can."""
    try:
        path.stat()
    except FileNotFoundError:
        gone = path.is_symlink()
        return "it is a link to nothing" if gone else "there is no such file or directory"
    except OSError as error:
        return f"it could not be reached: {error.strerror}"
    return ""


def _kind(name: str) -> tuple[str, bool]:
    lowered = name.lower()
    plain = lowered.removesuffix(".gz")
    return Path(plain).suffix, plain != lowered


@dataclass(frozen=True, slots=True)
class Opened:
    """The decompressed bytes of a file, and how much of it has been read."""

    stream: BinaryIO
    on_disk: BinaryIO | None = None
    size: int = 0

    @property
    def share(self) -> float:
        """The share of the file read, from 0 to 1; 0 where nobody knows how much will come."""
        return self.on_disk.tell() / self.size if self.on_disk and self.size else 0.0


@contextmanager
def open_input(file: InputFile, limit: int = SIZE_LIMIT) -> Iterator[Opened]:
    """Open a file; reading more than `limit` decompressed bytes of it raises UnreadableFile."""
    if file.path is None:
        if sys.stdin is None:
            raise UnreadableFile("it is closed")
        yield Opened(sys.stdin.buffer)
        return
    with file.path.open("rb") as on_disk:
        size = os.fstat(on_disk.fileno()).st_size
        if file.compressed:
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=on_disk))
            yield Opened(_bounded(unpacked, limit), on_disk, size)
        elif file.suffix in BY_LINE:
            yield Opened(on_disk, on_disk, size)
        else:
            yield Opened(_bounded(on_disk, limit), on_disk, size)


def _bounded(stream: BinaryIO, limit: int) -> BinaryIO:
    return io.BufferedReader(_Bounded(stream, limit), buffer_size=2**16)


class _Bounded(io.RawIOBase):
    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._taken = 0

    def readable(self) -> bool:
        return True

    # The stubs allow any writable buffer; io.BufferedReader, which alone asks, passes this one.
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        taken = self._stream.read(len(buffer))
        self._taken += len(taken)
        if self._taken > self._limit:
            raise UnreadableFile(f"it holds more than {self._limit:,} bytes; split it")
        buffer[: len(taken)] = taken
        return len(taken)
