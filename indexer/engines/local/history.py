"""Generations that are kept: which there are, and going back to one."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.engines.local.layout import Layout
from indexer.engines.local.manifest_file import read_manifest
from indexer.engines.local.opening import Opener
from indexer.engines.local.publication import Contents, begin, publish
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation that can be searched or gone back to."""

    manifest: Manifest
    current: bool


def history(layout: Layout) -> list[Kept]:
    """The generations that are kept, oldest first; raises IndexMissing."""
    current = layout.current()
    return [Kept(read_manifest(layout.generation(name)), name == current) for name in layout.kept()]


def roll_back(layout: Layout, opener: Opener, base: Manifest, target: LocalSnapshot) -> Manifest:
    """Publish what `target` holds as the generation after `base`.

    Numbers go on from those of the base, and entries of the inbox that the base has worked in
    stay worked in: going back undoes them.
    """
    back = target.manifest
    with layout.writing():
        begin(layout, back.generation)
        contents = Contents(
            model=back.model,
            chunking=back.chunking,
            segments=back.segments,
            tombstones=target.tombstones,
            next_number=base.next_number,
            drained=base.drained,
        )
        return publish(layout, opener, base, contents)
