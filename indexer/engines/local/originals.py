"""Files of an index on their way into a backup, compared with their cards as they are read."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from typing import Self

from indexer.engines.local.files import damaged
from indexer.engines.manifest import FileCard


class Original:
    """A file of the index on its way into a backup, where it is to be what its card says."""

    def __init__(self, directory: Path, name: str, card: FileCard) -> None:
        self._directory, self._name, self._card = directory, name, card
        self._sha256 = hashlib.sha256()
        try:
            self._file = (directory / name).open("rb")
        except OSError as error:
            raise damaged(directory, name, "is missing or unreadable") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add_to(self, tar: tarfile.TarFile, name: str) -> None:
        """Add it as `name`; raises IndexDamaged, though what is damaged is in the tar by then."""
        entry = tar.gettarinfo(arcname=name, fileobj=self._file)
        entry.size = self._card.bytes
        tar.addfile(entry, self)
        if self._sha256.hexdigest() != self._card.sha256:
            raise damaged(self._directory, self._name, "is not what was written")

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises IndexDamaged, lest the backup pass for what is unusable."""
        try:
            piece = self._file.read(size)
        except OSError as error:
            raise damaged(self._directory, self._name, "is unreadable") from error
        self._sha256.update(piece)
        return piece
