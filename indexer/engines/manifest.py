"""The manifest: what a generation is made of, written beside it as `manifest.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from indexer.errors import IndexDamaged, IndexMismatch

FORMAT_VERSION = 5
_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The model a generation was encoded with; `canaries` are its vectors of fixed texts."""

    name: str
    fingerprint: str
    dimension: int
    canaries: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkingCard:
    """How the articles were cut: budget and overlap in tokens of the model."""

    tokens: int
    overlap: int


@dataclass(frozen=True, slots=True)
class FileCard:
    """Size in bytes and SHA-256 of one file."""

    bytes: int
    sha256: str


Files = Mapping[str, FileCard]
"""Cards by path, relative to the directory they describe."""


@dataclass(frozen=True, slots=True)
class NearestCard:
    """How an approximate index is searched, and what share of the exact answers that finds.

    `probes` of `lists` are looked into and `rescored` candidates compared by their stored vectors.
    `recall` (of the exact top 10) and `recall_at_100` were measured with `queries` held-out
    passages; `target` is the recall that was asked for.
    """

    lists: int
    probes: int
    rescored: int
    target: float
    recall: float
    recall_at_100: float
    queries: int


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """A segment: articles and passages with the numbers from `first` up to, not including, `end`.

    Counts are of all that was written, withdrawn or not. `words` are those of its articles. A
    segment without a card of an approximate index is searched exactly.
    """

    name: str
    first: int
    end: int
    articles: int
    passages: int
    words: int
    languages: tuple[str, ...] = ()
    nearest: NearestCard | None = None
    files: Files = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the serving side needs to know about a generation before it opens it.

    `articles` and `passages` count what is live. `next_number` is the first number nothing has
    ever had; `drained` the last entry of the inbox that was worked in. Segments and files are
    those of an engine that keeps files.
    """

    generation: str
    created_at: str
    model: ModelCard
    chunking: ChunkingCard
    articles: int
    passages: int
    languages: tuple[str, ...] = ()
    earliest: str | None = None
    latest: str | None = None
    drained: int = 0
    next_number: int = 0
    segments: tuple[SegmentCard, ...] = ()
    files: Files = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def number(self) -> int:
        """The running number its name begins with: later generations have greater ones."""
        return number_of(self.generation)

    def to_json(self) -> str:
        """The manifest as indented JSON."""
        # A twentieth of the time that json takes with dataclasses.asdict, for each generation.
        return orjson.dumps(self, option=_INDENTED).decode()

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read `to_json` back; raises IndexDamaged, or IndexMismatch for another format."""
        try:
            raw = json.loads(text)
            version = raw["format_version"]
            if version == FORMAT_VERSION:
                return _manifest(raw)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexDamaged(
                "manifest.json cannot be read: restore a backup, or index everything into a new "
                "directory."
            ) from error
        raise IndexMismatch(
            f"The index has format {version}, this Dateline reads format {FORMAT_VERSION}: "
            "index everything into a new directory, or install the Dateline that wrote it."
        )


def number_of(name: str) -> int:
    """The running number of the generation called `name`."""
    return int(name.split("-")[0])


def name_of(manifest: Manifest) -> str:
    """The number it has or is to have, to sort by, and a digest of all that it says besides."""
    return _name(manifest.number, replace(manifest, generation="").to_json())


def names(text: str, name: str) -> bool:
    """Whether `text` is the manifest that was written for the generation called `name`."""
    nameless = text.replace(f'"generation": "{name}"', '"generation": ""', 1)
    return name == _name(number_of(name), nameless)


def _name(number: int, nameless: str) -> str:
    return f"{number:06d}-{hashlib.sha256(nameless.encode()).hexdigest()[:8]}"


def _manifest(raw: dict[str, Any]) -> Manifest:
    model = raw.pop("model")
    canaries = tuple(tuple(vector) for vector in model.pop("canaries"))
    return Manifest(
        model=ModelCard(canaries=canaries, **model),
        chunking=ChunkingCard(**raw.pop("chunking")),
        languages=tuple(raw.pop("languages")),
        segments=tuple(_segment(segment) for segment in raw.pop("segments")),
        files=_files(raw.pop("files")),
        **raw,
    )


def _segment(raw: dict[str, Any]) -> SegmentCard:
    nearest = raw.pop("nearest")
    return SegmentCard(
        languages=tuple(raw.pop("languages")),
        nearest=NearestCard(**nearest) if nearest else None,
        files=_files(raw.pop("files")),
        **raw,
    )


def _files(raw: dict[str, Any]) -> Files:
    return {name: FileCard(**card) for name, card in raw.items()}


def timestamp(moment: datetime | None) -> str | None:
    """ISO 8601 with offset, or None."""
    return moment.isoformat() if moment else None
