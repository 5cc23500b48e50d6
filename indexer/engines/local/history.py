"""Generations that are kept: which there are, and going back to one."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.engines.local.layout import Layout
from indexer.engines.local.manifest_file import read_manifest
from indexer.engines.local.opening import Opener
from indexer.engines.local.publication import Contents, begin, publish
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import Manifest, number_of
from indexer.errors import IndexDamaged, IndexMismatch


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation that can be searched or gone back to, if its manifest can be read."""

    name: str
    manifest: Manifest | None
    current: bool


def history(layout: Layout) -> list[Kept]:
    """The generations that are kept, oldest first; raises IndexMissing."""
    current = layout.current()
    return [Kept(name, _readable(layout, name), name == current) for name in layout.kept()]


def roll_back(layout: Layout, opener: Opener, target: LocalSnapshot) -> Manifest:
    """Publish what `target` holds as the generation after the newest, which may be damaged.

    Numbers go on from those of the newest, and entries of the inbox that it has worked in stay
    worked in: going back undoes them.
    """
    back, current = target.manifest, layout.current()
    newest = _readable(layout, current) or back
    with layout.writing():
        begin(layout, back.generation)
        contents = Contents(
            number=number_of(current) + 1,
            model=back.model,
            chunking=back.chunking,
            segments=back.segments,
            tombstones=target.tombstones,
            next_number=newest.next_number,
            drained=newest.drained,
        )
        return publish(layout, opener, back, contents)


def _readable(layout: Layout, name: str) -> Manifest | None:
    """The manifest of a generation; None when it is damaged."""
    try:
        return read_manifest(layout.generation(name))
    except (IndexDamaged, IndexMismatch):
        return None
