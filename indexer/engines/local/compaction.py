"""Compaction: small and sparse segments become larger ones, and nothing is encoded again.

Segments lie in the order of their numbers, and only neighbours are merged, so that they stay so. A
merged segment keeps every number; that is why it can be written while others publish: what they
withdraw meanwhile is withdrawn in it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

from indexer.engines.local.analysis import Analysed
from indexer.engines.local.files import check_contents
from indexer.engines.local.layout import LEXICAL, Layout
from indexer.engines.local.lexical import LexicalWriter
from indexer.engines.local.nearest import Approximation
from indexer.engines.local.opening import Opener
from indexer.engines.local.publication import Contents, begin, publish
from indexer.engines.local.segment import STORE, Segment, SegmentWriter
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.tiers import Plan, Size
from indexer.engines.local.tombstones import Tombstones
from indexer.engines.manifest import Manifest, SegmentCard
from indexer.failpoints import reach

Writing = Callable[[], AbstractContextManager[LocalSnapshot]]
"""Holds the write lock over the newest generation."""


class Compaction:
    """One compaction of an index, while no other compacts it or goes back to a generation."""

    def __init__(
        self, layout: Layout, opener: Opener, writing: Writing, approximation: Approximation
    ) -> None:
        self._layout, self._opener, self._writing = layout, opener, writing
        self._approximation = approximation

    def run(self, plan: Plan) -> Manifest | None:
        """Merge what `plan` chooses; the newest generation that came of it, if any."""
        published: Manifest | None = None
        with closing(self._newest()) as base:
            for run in plan.choose([_size(each, base.tombstones) for each in base.segments]):
                published = self._merge(base.segments[run], base.tombstones)
        with closing(self._newest()) as base:
            lexical = base.lexical_reader
            share = plan.sparse * (lexical.size + lexical.withdrawn)
            if lexical.withdrawn > max(share, plan.least):
                published = self._write_lexical_anew(base)
        return published

    def _newest(self) -> LocalSnapshot:
        return self._opener.snapshot(self._layout.current())

    def _merge(self, segments: Sequence[Segment], tombstones: Tombstones) -> Manifest:
        """Put one segment in the place of these, without what was withdrawn by now."""
        first, end = segments[0].card.first, segments[-1].card.end
        for segment in segments:
            self._check(segment, segment.card.files)
        with self._layout.writing():
            directory = self._layout.begin(self._layout.segment_compaction)
            writer = SegmentWriter(directory, segments[0].dimension, first, self._approximation)
            try:
                for segment in segments:
                    for entry in segment.entries(tombstones):
                        writer.add(entry, segment.known(entry.number), segment.vectors_of(entry))
                card = replace(writer.close(), end=end)
            finally:
                writer.abandon()
        reach("segments-merged")
        with self._writing() as current, self._layout.writing():
            if card.articles:
                self._layout.settle(directory, card.name)
            begin(self._layout, current.manifest.generation)
            after = _in_place_of(current.manifest.segments, first, end, card)
            buried = tombstones.within(first, end)
            return self._publish(current, after, current.tombstones.without(buried))

    def _write_lexical_anew(self, base: LocalSnapshot) -> Manifest:
        """Write the lexical index of what is live, so that statistics are of that alone."""
        for segment in base.segments:
            self._check(segment, [STORE])
        with self._layout.writing():
            directory = self._layout.begin(self._layout.lexical_compaction) / LEXICAL
            _write(directory, base, since=0)
        reach("lexical-written")
        with self._writing() as current, self._layout.writing():
            # Others have published since: what is there now, and was not, and the other way round.
            gone = current.tombstones.without(base.tombstones)
            _remove(directory, current, gone.within(0, base.manifest.next_number))
            _write(directory, current, since=base.manifest.next_number)
            begin(self._layout, None)
            directory.rename(self._layout.draft / LEXICAL)
            return self._publish(current, current.manifest.segments, current.tombstones)

    def _check(self, segment: Segment, names: Iterable[str]) -> None:
        """Raise IndexDamaged if a flipped bit would be written on, with a checksum that fits it."""
        check_contents(self._layout.segment(segment.card.name), segment.card.files, names)

    def _publish(
        self, current: LocalSnapshot, segments: tuple[SegmentCard, ...], tombstones: Tombstones
    ) -> Manifest:
        manifest = current.manifest
        contents = Contents(
            number=manifest.number + 1,
            model=manifest.model,
            chunking=manifest.chunking,
            segments=segments,
            tombstones=tombstones,
            next_number=manifest.next_number,
            drained=manifest.drained,
        )
        return publish(self._layout, self._opener, manifest, contents)


def _size(segment: Segment, tombstones: Tombstones) -> Size:
    card = segment.card
    own = tombstones.within(card.first, card.end)
    live = card.passages - own.passages
    return Size(card.articles, card.articles - len(own), card.passages, live)


def _in_place_of(
    cards: Sequence[SegmentCard], first: int, end: int, merged: SegmentCard
) -> tuple[SegmentCard, ...]:
    """The segments of a generation, with `merged` for those from `first` to `end`."""
    before = [card for card in cards if card.first < first]
    after = [card for card in cards if card.first >= end]
    return (*before, *([merged] if merged.articles else []), *after)


def _write(directory: Path, snapshot: LocalSnapshot, since: int) -> None:
    """Add the live articles that are numbered `since` or later."""
    lexical = LexicalWriter(directory)
    for segment in snapshot.segments:
        for entry in segment.entries(snapshot.tombstones, since):
            lexical.add(entry.article, Analysed.of(entry.article, entry.passages), entry.number)
    lexical.close()


def _remove(directory: Path, snapshot: LocalSnapshot, withdrawn: Tombstones) -> None:
    """Take out what was withdrawn."""
    lexical = LexicalWriter(directory)
    for segment in snapshot.segments:
        for article in segment.store.articles(segment.withdrawn(withdrawn).tolist()).values():
            lexical.remove(article.id)
    lexical.close()
