"""Verification: is everything there as it was written, and does it agree with itself?"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np

from indexer.engines.base import Counts
from indexer.engines.local.files import check_contents
from indexer.engines.local.layout import Layout
from indexer.engines.local.manifest_file import read_manifest
from indexer.engines.local.opening import Opener
from indexer.engines.local.segment import Segment
from indexer.engines.local.snapshot import LocalSnapshot
from indexer.engines.local.store import Entry
from indexer.errors import IndexDamaged, IndexMismatch
from indexer.exhaustion import enough

# Half precision moves the length of a unit vector by less than that.
_LENGTH_TOLERANCE = 2e-3
_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at, and what is wrong with it; nothing, if that is empty."""

    name: str
    problem: str = ""


def verify(layout: Layout, opener: Opener, name: str) -> Iterator[Checked]:
    """Check generation `name`, one thing after the other; later ones need the earlier ones.

    It is held meanwhile, so that whoever publishes removes nothing of it.
    """
    with ExitStack() as stack:
        steps: list[tuple[str, Callable[[], object]]] = [
            ("manifest", lambda: _hold(layout, name, stack)),
            ("checksums", lambda: _check_checksums(layout, name)),
        ]
        for step, check in steps:
            yield (checked := _checked(step, check))
            if checked.problem:
                return
        yield from _opened(stack.enter_context(closing(opener.snapshot(name))))


def _hold(layout: Layout, name: str, stack: ExitStack) -> None:
    stack.callback(os.close, layout.hold(name))
    read_manifest(layout.generation(name))


def _opened(snapshot: LocalSnapshot) -> Iterator[Checked]:
    yield _checked("store", lambda: _each(snapshot, _check_store))
    yield _checked("offset law", lambda: _check_offsets(snapshot))
    yield _checked("vectors", lambda: _each(snapshot, _check_vectors))
    yield _checked("counts", lambda: _check_counts(snapshot))
    yield _checked("lexical index", lambda: _check_lexical(snapshot))


def _checked(name: str, check: Callable[[], object]) -> Checked:
    try:
        with enough():
            check()
    except (IndexDamaged, IndexMismatch) as error:
        return Checked(name, str(error))
    return Checked(name)


def _check_checksums(layout: Layout, name: str) -> None:
    directory = layout.generation(name)
    manifest = read_manifest(directory)
    check_contents(directory, manifest.files, manifest.files)
    for card in manifest.segments:
        check_contents(layout.segment(card.name), card.files, card.files)


def _each(snapshot: LocalSnapshot, check: Callable[[Segment], None]) -> None:
    for segment in snapshot.segments:
        check(segment)


def _check_store(segment: Segment) -> None:
    if found := segment.store.check():
        raise IndexDamaged(f"The store of segment {segment.card.name} is damaged: {found}.")
    stored, told = segment.store.rows(), Counts(segment.card.articles, segment.card.passages)
    if stored != told:
        raise IndexDamaged(
            f"The store of segment {segment.card.name} has {stored.articles:,} articles and "
            f"{stored.passages:,} passages, its card says {told.articles:,} and {told.passages:,}."
        )


def _check_offsets(snapshot: LocalSnapshot) -> None:
    """`article.text[start:end]` is the passage, and the sentences lie in it, in order."""
    for segment in snapshot.segments:
        for entry in segment.entries(snapshot.tombstones):
            _check_entry(entry)


def _check_entry(entry: Entry) -> None:
    length = len(entry.article.text)
    for passage, sentences in zip(entry.passages, entry.sentences, strict=True):
        places = [place for span in sentences.spans for place in (span.start, span.end)]
        inside = 0 <= passage.start < passage.end <= length
        if not inside or places != sorted(places) or max(places, default=0) > len(passage.text):
            raise IndexDamaged(f"Passage {passage.id} has offsets that its article has not.")


def _check_vectors(segment: Segment) -> None:
    for first in range(0, segment.card.passages, _ROWS):
        rows = np.arange(first, min(first + _ROWS, segment.card.passages))
        lengths = np.linalg.norm(segment.dense.at(rows), axis=1)
        # Not the other way round: NaN is near nothing.
        if not (np.abs(lengths - 1) <= _LENGTH_TOLERANCE).all():
            raise IndexDamaged(f"Segment {segment.card.name} has vectors that are not of length 1.")


def _check_counts(snapshot: LocalSnapshot) -> None:
    """FAISS, SQLite, tantivy and the manifest tell the same, and no live id is there twice."""
    manifest = snapshot.manifest
    ids = Counter(snapshot.ids())
    stored = sum(
        segment.card.passages
        - snapshot.tombstones.within(segment.card.first, segment.card.end).passages
        for segment in snapshot.segments
    )
    counts = {
        "articles": (ids.total(), manifest.articles),
        "passages": (stored, manifest.passages),
        "passages of the lexical index": (snapshot.lexical_reader.size, manifest.passages),
    }
    for what, (found, told) in counts.items():
        if found != told:
            raise IndexDamaged(f"There are {found:,} {what}, the manifest says {told:,}.")
    if twice := [id_ for id_, count in ids.items() if count > 1]:
        raise IndexDamaged(f"Article {twice[0]} is there {ids[twice[0]]} times.")


def _check_lexical(snapshot: LocalSnapshot) -> None:
    """Words lead to every live passage, and to no other."""
    expected = [
        segment.articles.passages(np.flatnonzero(segment.live(snapshot.tombstones)))
        for segment in snapshot.segments
    ]
    found = np.sort(snapshot.lexical_reader.everything())
    if not np.array_equal(found, np.concatenate([np.empty(0, np.int64), *expected])):
        raise IndexDamaged("The lexical index has other passages than the segments.")
