"""What Dateline is about: articles, and the passages they are cut into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of a text, in Unicode code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The stretch of `text` this span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Article:
    """One source document; `text` stays as it was loaded, so that offsets into it always hold."""

    id: str
    title: str
    text: str
    source: str | None = None
    url: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    section: str | None = None
    language: str | None = None
    dateline: str | None = None
    title_inferred: bool = False
    metadata: Mapping[str, Json] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The title its publisher gave it, empty when the title was only inferred from the text.

        This is what counts for finding it: a first sentence said twice would outweigh the others.
        """
        return "" if self.title_inferred else self.title


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable piece of an article: `article.text[start:end] == text`, in code points."""

    id: str
    article_id: str
    text: str
    start: int
    end: int
