"""What a format's loader hands on: drafts of articles, and problems it met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import BinaryIO, TypeAlias

from indexer.documents import Json


class Severity(StrEnum):
    """How much was lost to a problem."""

    ERROR = "error"
    """An article, or a whole file, was not read."""
    WARNING = "warning"
    """The article was read; something about it was left out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, where it stands and why."""

    where: str
    reason: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as its file tells it: every field still a string, empty when absent."""

    text: str
    title: str = ""
    id: str = ""
    source: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    published_at: str = ""
    updated_at: str = ""
    section: str = ""
    language: str = ""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    place: str = ""
    """Where in its file the article stands ("line 7"); empty when the file is one article."""
    key: str = ""
    """What tells the article from others of its file, when that is steadier than its place."""
    doubts: tuple[str, ...] = ()
    """Reasons why fields the file has were left out."""

    def doubting(self, doubt: str) -> Draft:
        """The draft with one more doubt, unless that is empty."""
        return replace(self, doubts=(*self.doubts, doubt)) if doubt else self


Loader: TypeAlias = Callable[[BinaryIO], Iterator[Draft | Problem]]
"""Reads one format from a binary stream; a problem's `where` is its place in the file.

Raises UnreadableFile when the file, or the rest of it, cannot be read.
"""
