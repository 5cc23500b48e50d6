"""How a generation comes about: from what it is made of to its name in `CURRENT`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from indexer.engines.local.files import checksum, files_in
from indexer.engines.local.layout import LEXICAL, TOMBSTONES, Layout
from indexer.engines.local.lexical_files import link
from indexer.engines.local.manifest_file import MANIFEST
from indexer.engines.local.opening import Opener
from indexer.engines.local.segment import Segment
from indexer.engines.local.tombstones import Tombstones
from indexer.engines.manifest import ChunkingCard, Files, Manifest, ModelCard, SegmentCard, name_of
from indexer.failpoints import reach


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation is to be made of, beside the lexical index, and its running number."""

    number: int
    model: ModelCard
    chunking: ChunkingCard
    segments: tuple[SegmentCard, ...]
    tombstones: Tombstones
    next_number: int
    drained: int


def begin(layout: Layout, base: str | None) -> Path:
    """Begin the next generation; where its lexical index is, so far what that of `base` is."""
    lexical = layout.begin(layout.draft) / LEXICAL
    if base:
        link(layout.generation(base) / LEXICAL, lexical)
    return lexical


def publish(layout: Layout, opener: Opener, base: Manifest | None, contents: Contents) -> Manifest:
    """Make the draft that was begun the current generation; `base` is the one it was begun with."""
    contents.tombstones.write(layout.draft / TOMBSTONES)
    reach("files-closed")
    manifest = _manifest(layout, opener, base, contents)
    (layout.draft / MANIFEST).write_text(manifest.to_json(), "utf-8")
    reach("manifest-written")
    layout.publish(manifest.generation)
    return manifest


def _manifest(
    layout: Layout, opener: Opener, base: Manifest | None, contents: Contents
) -> Manifest:
    cards, tombstones = contents.segments, contents.tombstones
    segments = [opener.segment(card, contents.model.dimension) for card in cards]
    earliest, latest = _bounds(segments, tombstones)
    manifest = Manifest(
        generation=f"{contents.number:06d}",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model=contents.model,
        chunking=contents.chunking,
        articles=sum(card.articles for card in cards) - len(tombstones),
        passages=sum(card.passages for card in cards) - tombstones.passages,
        languages=tuple(sorted({each for card in cards for each in card.languages})),
        earliest=earliest,
        latest=latest,
        drained=contents.drained,
        next_number=contents.next_number,
        segments=cards,
        files=_files(layout, base),
    )
    return replace(manifest, generation=name_of(manifest))


def _files(layout: Layout, base: Manifest | None) -> Files:
    """The cards of the draft's files; those it shares with the base are known."""
    before = layout.generation(base.generation) if base else None
    known = base.files if base else {}
    files = {}
    for path in files_in(layout.draft):
        name = path.relative_to(layout.draft).as_posix()
        shared = before is not None and name in known and path.samefile(before / name)
        files[name] = known[name] if shared else checksum(path)
    return files


def _bounds(segments: Sequence[Segment], tombstones: Tombstones) -> tuple[str | None, str | None]:
    """When the earliest and the latest dated article were published."""
    found = [bounds for segment in segments if (bounds := segment.bounds(tombstones))]
    moments = [datetime.fromisoformat(moment) for bounds in found for moment in bounds]
    if not moments:
        return None, None
    return min(moments).isoformat(), max(moments).isoformat()
