"""Files of an index: their checksums, and how they become durable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from indexer.durable import sync
from indexer.engines.manifest import FileCard, Files
from indexer.errors import IndexDamaged
from indexer.exhaustion import enough


def files_in(directory: Path) -> list[Path]:
    """Every file that counts, in order; the lock files of tantivy are whoever's has it open."""
    found = sorted(directory.rglob("*"))
    return [path for path in found if path.is_file() and path.suffix != ".lock"]


def cards(directory: Path) -> Files:
    """Size and SHA-256 of every file below `directory`, by its path from there."""
    return {path.relative_to(directory).as_posix(): checksum(path) for path in files_in(directory)}


def checksum(path: Path) -> FileCard:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return FileCard(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def check_sizes(directory: Path, files: Files) -> None:
    """Raise IndexDamaged if a file is missing or of another size than its card says."""
    for name, card in files.items():
        path = directory / name
        if not path.exists() or path.stat().st_size != card.bytes:
            raise damaged(directory, name, "is missing or truncated")


@enough()
def check_contents(directory: Path, files: Files, names: Iterable[str]) -> None:
    """Raise IndexDamaged if one of the files `names` is not what its card says."""
    for name in names:
        path = directory / name
        try:
            found = checksum(path)
        except OSError as error:
            raise damaged(directory, name, "is missing or unreadable") from error
        if found != files[name]:
            raise damaged(directory, name, "is not what was written")


def damaged(directory: Path, name: str, what: str) -> IndexDamaged:
    """The error that a file is not as its card says."""
    return IndexDamaged(
        f"File {name} of {directory.name} {what}: restore a backup, or index everything into a "
        "new directory."
    )


def abandon(file: IO[bytes]) -> None:
    """Close a file that is going to be removed."""
    # On a full disk what is still buffered cannot be written; the file is closed all the same.
    with suppress(OSError):
        file.close()


def sync_all(directory: Path) -> None:
    """Force a directory and everything below it to the disk."""
    for path in sorted(directory.rglob("*")):
        sync(path)
    sync(directory)
