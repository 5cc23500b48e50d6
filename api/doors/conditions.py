"""Conditions on articles in the Boolean algebra that filters of other systems are written in.

A condition says of every article whether it holds. Of what it demands, `implied` is the part that
`Filters` can say, so that an engine need not propose what cannot pass.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Literal, Protocol, TypeAlias, cast

from indexer.documents import Article
from indexer.engines.base import NO_FILTERS, Filters

Name: TypeAlias = Literal["source", "section", "language", "author", "article_id"]
Text: TypeAlias = Name | Literal["title", "url"]
Likeness: TypeAlias = Literal["equals", "contains", "begins", "ends"]

_LISTS = ("source", "exclude_source", "section", "language", "author", "article_id")


class Condition(Protocol):
    """Something that holds of an article or does not."""

    def holds(self, article: Article) -> bool:
        """Whether it holds of `article`."""

    def implied(self) -> Filters:
        """Filters that every article passes of which it holds; others may pass as well."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Holds of every article."""

    def holds(self, article: Article) -> bool:  # noqa: ARG002 (of all alike)
        """True."""
        return True

    def implied(self) -> Filters:
        """No filters."""
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class Named:
    """One of the names of `field` is one of `values`, compared as `Filters` compares them."""

    field: Name
    values: tuple[str, ...]

    def holds(self, article: Article) -> bool:
        """Whether the article passes these very filters; nothing is one of no values."""
        return bool(self.values) and self.implied().matches(article)

    def implied(self) -> Filters:
        """The condition itself."""
        named: dict[str, Any] = {self.field: self.values}
        return Filters(**named)


@dataclass(frozen=True, slots=True)
class Published:
    """Published at `begin` or later and at `end` or earlier, as far as these are given."""

    begin: datetime | None = None
    end: datetime | None = None

    def holds(self, article: Article) -> bool:
        """Whether it is dated so; an undated article never is."""
        return article.published_at is not None and self.implied().matches(article)

    def implied(self) -> Filters:
        """The condition itself, but for a date as such."""
        return Filters(published_from=self.begin, published_to=self.end)


@dataclass(frozen=True, slots=True)
class Worded:
    """One of the texts of `field` is like `text`, in any case."""

    field: Text
    likeness: Likeness
    text: str

    def holds(self, article: Article) -> bool:
        """Whether one is; an article without such a text has none that is."""
        return any(_alike(folded(own), self) for own in texts_of(article, self.field))

    def implied(self) -> Filters:
        """No filters: they compare whole names."""
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class Filled:
    """The article has `field` at all."""

    field: Text | Literal["published_at"]

    def holds(self, article: Article) -> bool:
        """Whether it has."""
        if self.field == "published_at":
            return article.published_at is not None
        return any(own.strip() for own in texts_of(article, self.field))

    def implied(self) -> Filters:
        """No filters."""
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    of: Condition

    def holds(self, article: Article) -> bool:
        """Whether it does not."""
        return not self.of.holds(article)

    def implied(self) -> Filters:
        """Publishers may be excluded; nothing else can be."""
        if isinstance(self.of, Named) and self.of.field == "source":
            return Filters(exclude_source=self.of.values)
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, article: Article) -> bool:
        """Whether all do."""
        return all(condition.holds(article) for condition in self.conditions)

    def implied(self) -> Filters:
        """What each implies, together."""
        return reduce(_both, (each.implied() for each in self.conditions), NO_FILTERS)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, article: Article) -> bool:
        """Whether one does."""
        return any(condition.holds(article) for condition in self.conditions)

    def implied(self) -> Filters:
        """What all of them imply."""
        implied = [each.implied() for each in self.conditions]
        return reduce(_either, implied) if implied else NO_FILTERS


def folded(text: str) -> str:
    """A text as names are compared: in any case, and in one of its spellings in Unicode."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def texts_of(article: Article, field: Text) -> Iterator[str]:
    """What an article has of a field; several authors, and nothing where it is not known."""
    if field == "author":
        yield from article.authors
    else:
        value = article.id if field == "article_id" else getattr(article, field)
        if value:
            yield cast("str", value)


def _alike(own: str, wanted: Worded) -> bool:
    text = folded(wanted.text)
    match wanted.likeness:
        case "equals":
            return own == text
        case "contains":
            return text in own
        case "begins":
            return own.startswith(text)
        case "ends":
            return own.endswith(text)


def _both(one: Filters, other: Filters) -> Filters:
    """Filters that whoever passes `one` and `other` passes.

    Where both name values of a field the first stay: of two lists, only one can be said.
    """
    lists = {name: getattr(one, name) or getattr(other, name) for name in _LISTS}
    lists["exclude_source"] = tuple(sorted({*one.exclude_source, *other.exclude_source}))
    return Filters(
        **lists,
        published_from=max(_known(one.published_from, other.published_from), default=None),
        published_to=min(_known(one.published_to, other.published_to), default=None),
    )


def _either(one: Filters, other: Filters) -> Filters:
    """Filters that whoever passes `one` or `other` passes."""
    lists = {name: _union(getattr(one, name), getattr(other, name)) for name in _LISTS}
    lists["exclude_source"] = tuple(sorted({*one.exclude_source} & {*other.exclude_source}))
    begin = (one.published_from, other.published_from)
    end = (one.published_to, other.published_to)
    return Filters(
        **lists,
        published_from=None if None in begin else min(_known(*begin)),
        published_to=None if None in end else max(_known(*end)),
    )


def _union(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The values of both; none, which is all there are, where one of them has no condition."""
    return tuple(sorted({*some, *others})) if some and others else ()


def _known(*moments: datetime | None) -> Iterable[datetime]:
    return [moment for moment in moments if moment is not None]
