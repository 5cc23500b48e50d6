"""Backups: a generation and the inbox in one tar file, and an index made of it again.

A backup needs no lock and stops nobody: its generation is held while it is read. The inbox is
copied first, so that whatever it says is done is done in the generation that follows.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from indexer.durable import sync
from indexer.engines.local.files import check_contents, sync_all
from indexer.engines.local.layout import Layout
from indexer.engines.local.manifest_file import MANIFEST, read_manifest
from indexer.engines.local.originals import Original
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import Files, Manifest
from indexer.errors import DatelineError, IndexMissing
from indexer.exhaustion import enough
from indexer.failpoints import reach
from indexer.inbox_numbers import count_as_drained
from indexer.inbox_reading import read_only
from indexer.locking import held

INBOX = "inbox.sqlite"
CURRENT = "CURRENT"
Progress = Callable[[float], None]
"""Is told the share of the work that is done, 0 to 1."""


@enough()
def back_up(
    layout: Layout, newest: Callable[[], LocalSnapshot], target: Path, progress: Progress
) -> Manifest:
    """Write the newest generation and the inbox to the file `target`, all of it or nothing.

    Raises DatelineError where that would take the place of something else than a backup.
    """
    target = _outside(target, layout)
    unfinished = target.with_name(f".{target.name}.unfinished")
    with _written(unfinished, target), tarfile.open(unfinished, "w") as tar:
        inbox = target.with_name(f".{target.name}.inbox")
        with closing(newest()) as snapshot:
            before = snapshot.manifest.drained
        with _copied(layout.directory / INBOX, inbox) as copied, closing(newest()) as snapshot:
            if copied:
                # The generation may have worked in some of what was still waiting a moment ago.
                count_as_drained(
                    inbox, before, snapshot.manifest.drained, snapshot.manifest.generation
                )
                tar.add(inbox, INBOX)
            _add(tar, layout, snapshot.manifest, progress)
            return snapshot.manifest


def restore(source: Path, layout: Layout, progress: Progress) -> Manifest:
    """Make an index of a backup, in a directory that is empty or not there yet.

    Every file is compared with its checksum before the index appears, at one instant.
    """
    directory = layout.directory
    if directory.exists() and any(directory.iterdir()):
        raise DatelineError(
            f"{directory} is not empty: choose a directory that is, or move the index there away."
        )
    with _appearing(directory) as unfinished:
        _unpack(source, unfinished, progress)
        manifest = _checked(Layout(unfinished), source)
        sync_all(unfinished)
        reach("backup-unpacked")
        return manifest


def _outside(target: Path, layout: Layout) -> Path:
    """The file that `target` leads to, which is none of the index."""
    # A link stays one.
    place = Path(os.path.realpath(target))
    if place.is_relative_to(os.path.realpath(layout.directory)):
        raise DatelineError(f"{target} is inside the index: choose a file elsewhere.")
    return place


@contextmanager
def _written(unfinished: Path, target: Path) -> Iterator[None]:
    """Give a file its name when it is whole and on the disk."""
    busy = DatelineError(
        f"Another backup is being written to {target}: wait for it, or choose another file."
    )
    try:
        if os.path.lexists(target) and not target.is_file():
            raise DatelineError(f"{target} is no ordinary file: choose another.")
        with held(unfinished, busy), _removed_when_cut_short(unfinished):
            yield
            sync(unfinished)
            reach("backup-written")
            unfinished.rename(target)
            sync(target.parent)
    except (OSError, tarfile.TarError) as error:
        raise DatelineError(
            f"The backup {target} cannot be written ({error}): make room there, mend its "
            "permissions, or choose another file."
        ) from error


@contextmanager
def _removed_when_cut_short(unfinished: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def _appearing(directory: Path) -> Iterator[Path]:
    """A place for what `directory` will hold at once when the block ends, or not at all."""
    # Where it is a link, it stays one.
    target = directory.resolve()
    place = target.with_name(f".{target.name}.restoring")
    busy = DatelineError(f"Another backup is being restored to {directory}: wait for it.")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with held(place, busy):
            # What a process left that was killed.
            shutil.rmtree(place / "index", ignore_errors=True)
            try:
                yield place / "index"
                if target.exists():
                    target.rmdir()
                (place / "index").rename(target)
                sync(target.parent)
            finally:
                shutil.rmtree(place, ignore_errors=True)
    except OSError as error:
        raise DatelineError(
            f"{directory} cannot be made ({error}): give access there, or name another directory, "
            "such as one inside it."
        ) from error


@contextmanager
def _copied(inbox: Path, copy: Path) -> Iterator[bool]:
    """A copy of the inbox as of this moment, while others write to it; whether there is one."""
    if not inbox.exists():
        yield False
        return
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(copy)) as target:
            read_only(inbox, lambda source: source.backup(target))
        yield True
    except sqlite3.DatabaseError as error:
        raise DatelineError(
            f"The inbox cannot be copied to {copy} ({error}): make room there, or choose another "
            "file."
        ) from error
    finally:
        copy.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, layout: Layout, manifest: Manifest, progress: Progress) -> None:
    """Add the files of a generation, those of its segments, and which generation it is."""
    places = list(_places(layout, manifest))
    total = sum(card.bytes for _, files in places for card in files.values())
    done = 0
    for directory, files in places:
        inside = directory.relative_to(layout.directory)
        for name, card in files.items():
            with Original(directory, name, card) as original:
                original.add_to(tar, (inside / name).as_posix())
            done += card.bytes
            progress(done / max(1, total))
    generation = layout.generation(manifest.generation)
    inside = generation.relative_to(layout.directory)
    tar.add(generation / MANIFEST, (inside / MANIFEST).as_posix())
    current = f"{manifest.generation}\n".encode()
    entry = tarfile.TarInfo(CURRENT)
    entry.size = len(current)
    tar.addfile(entry, io.BytesIO(current))


def _places(layout: Layout, manifest: Manifest) -> Iterator[tuple[Path, Files]]:
    yield layout.generation(manifest.generation), manifest.files
    for card in manifest.segments:
        yield layout.segment(card.name), card.files


def _unpack(source: Path, directory: Path, progress: Progress) -> None:
    try:
        size = max(1, source.stat().st_size)
        with tarfile.open(source, "r:") as tar:
            # Folders are named by archives that were unpacked and made anew; files make them.
            for entry in (entry for entry in tar if not entry.isdir()):
                if not _is_ours(entry):
                    raise tarfile.TarError(f"{entry.name!r} is no part of an index")
                tar.extract(entry, directory, filter="data")
                progress(min(1.0, tar.offset / size))
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DatelineError(
            f"{source} cannot be restored ({error}): it must be a file that `dateline backup` "
            "wrote, and there must be room for it."
        ) from error


def _is_ours(entry: tarfile.TarInfo) -> bool:
    # The name may be empty.
    top = PurePosixPath(entry.name).parts[:1]
    return entry.isfile() and top in (("generations",), ("segments",), (INBOX,), (CURRENT,))


def _checked(layout: Layout, source: Path) -> Manifest:
    try:
        manifest = read_manifest(layout.generation(layout.current()))
        for directory, files in _places(layout, manifest):
            check_contents(directory, files, files)
        return manifest
    except IndexMissing:
        raise DatelineError(f"{source} is no whole backup: no generation is in it.") from None
    except DatelineError as error:
        raise DatelineError(f"{source} is no whole backup: {error}") from error
