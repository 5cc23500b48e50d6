"""Opening generations: what one has in common with another that is open is opened once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from indexer.engines.local.files import check_contents, check_sizes
from indexer.engines.local.layout import LEXICAL, TOMBSTONES, Layout
from indexer.engines.local.lexical import LexicalReader
from indexer.engines.local.manifest_file import read_manifest
from indexer.engines.local.segment import Segment
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.tombstones import Tombstones
from indexer.engines.manifest import Files, SegmentCard
from indexer.errors import IndexDamaged
from indexer.exhaustion import enough

# Files whose structure a library follows blindly: a flipped bit could lead it anywhere. They are
# read once and compared with their checksums. In the others a flipped bit is a wrong number or an
# error of SQLite; they are large, and `dateline verify` reads them.
_FOLLOWED = (f"{LEXICAL}/", TOMBSTONES, "nearest.faiss", "articles/articles.npy", "articles/lang")
# So many are remembered to be sound: all that a few generations have, and the memory of no more.
MOST_TRUSTED = 4096


class Opener:
    """Opens generations of one index; safe to use from several threads."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lock = Lock()
        self._segments = WeakValueDictionary[str, Segment]()
        # What was needed last is at the end.
        self._trusted: dict[str, None] = {}

    @enough()
    def snapshot(self, name: str) -> LocalSnapshot:
        """Open the generation `name`; raises GenerationGone, IndexDamaged, ResourcesExhausted."""
        hold = self._layout.hold(name)
        try:
            return self._snapshot(name, hold)
        except BaseException:
            os.close(hold)
            raise

    def segment(self, card: SegmentCard, dimension: int) -> Segment:
        """Open a segment, or find it open; raises IndexDamaged."""
        with self._lock:
            found = self._segments.get(card.name)
            if found is None:
                directory = self._layout.segment(card.name)
                self._check(directory, card.files)
                found = self._segments[card.name] = Segment(directory, card, dimension)
            return found

    def _snapshot(self, name: str, hold: int) -> LocalSnapshot:
        directory = self._layout.generation(name)
        manifest = read_manifest(directory)
        with self._lock:
            self._check(directory, manifest.files)
        segments = [self.segment(card, manifest.model.dimension) for card in manifest.segments]
        try:
            lexical = LexicalReader(directory / LEXICAL, manifest.languages)
            tombstones = Tombstones.read(directory / TOMBSTONES)
        # What tantivy and NumPy raise when a file is not what they wrote.
        except (ValueError, OSError) as error:
            raise IndexDamaged(
                f"Generation {name} cannot be opened ({error}): restore a backup, or index "
                "everything into a new directory."
            ) from error
        return LocalSnapshot(manifest, segments, lexical, tombstones, hold)

    def _check(self, directory: Path, files: Files) -> None:
        check_sizes(directory, files)
        followed = sorted(name for name in files if name.startswith(_FOLLOWED))
        # Generations share most of their files.
        fresh = [name for name in followed if files[name].sha256 not in self._trusted]
        check_contents(directory, files, fresh)
        self._trust(files[name].sha256 for name in followed)

    def _trust(self, digests: Iterable[str]) -> None:
        for digest in digests:
            self._trusted.pop(digest, None)
            self._trusted[digest] = None
        for digest in list(self._trusted)[:-MOST_TRUSTED]:
            del self._trusted[digest]
