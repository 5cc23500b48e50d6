"""The manifest: what a generation is made of, written beside it as `manifest.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from indexer.errors import IndexDamaged, IndexMismatch

FORMAT_VERSION = 2


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
    """Size in bytes and SHA-256 of one file of a generation."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the serving side needs to know about a generation before it opens it."""

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
    files: dict[str, FileCard] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """The manifest as indented JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

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
                "manifest.json cannot be read: index everything into a new directory."
            ) from error
        raise IndexMismatch(
            f"The index has format {version}, this Dateline reads format {FORMAT_VERSION}: "
            "index everything into a new directory, or install the Dateline that wrote it."
        )


def _manifest(raw: dict[str, Any]) -> Manifest:
    model = raw.pop("model")
    canaries = tuple(tuple(vector) for vector in model.pop("canaries"))
    files = {name: FileCard(**card) for name, card in raw.pop("files").items()}
    return Manifest(
        model=ModelCard(canaries=canaries, **model),
        chunking=ChunkingCard(**raw.pop("chunking")),
        languages=tuple(raw.pop("languages")),
        files=files,
        **raw,
    )


def timestamp(moment: datetime | None) -> str | None:
    """ISO 8601 with offset, or None."""
    return moment.isoformat() if moment else None
