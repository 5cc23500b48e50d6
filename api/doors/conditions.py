"""Conditions on articles in the Boolean algebra that filters of other systems are written in.

A condition says of every article whether it holds. Of what it demands, `implied` is the part that
`Filters` can say, so that an engine need not propose what cannot pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Any, Literal, Protocol, TypeAlias

from marshmallow import ValidationError

from api.doors.facts import Facts, Name, Text, folded
from indexer.engines.base import NO_FILTERS, Filters

Likeness: TypeAlias = Literal["equals", "contains", "begins", "ends"]

# A condition may have to be looked at for each of 10,000 articles.
MAX_COMPARED = 300

_LISTS = ("source", "exclude_source", "section", "language", "author", "article_id")


class Condition(Protocol):
    """Something that holds of an article or does not."""

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of the article with these facts."""

    def implied(self) -> Filters:
        """Filters that every article passes of which it holds; others may pass as well."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Holds of every article."""

    def holds(self, facts: Facts) -> bool:  # noqa: ARG002 (of all alike)
        """True."""
        return True

    def implied(self) -> Filters:
        """No filters."""
        return NO_FILTERS


@dataclass(frozen=True)
class Named:
    """One of the names of `field` is one of `values`, compared as `Filters` compares them."""

    field: Name
    values: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the article passes these very filters; nothing is one of no values."""
        return not self._wanted.isdisjoint(facts.keys)

    def implied(self) -> Filters:
        """The condition itself."""
        named: dict[str, Any] = {self.field: self.values}
        return Filters(**named)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset().union(*self.implied().required())


@dataclass(frozen=True, slots=True)
class Published:
    """Published at `begin` or later and at `end` or earlier, as far as these are given."""

    begin: datetime | None = None
    end: datetime | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether it is dated so; an undated article never is."""
        moment = facts.published_at
        if moment is None:
            return False
        after = self.begin is None or self.begin <= moment
        return after and (self.end is None or moment <= self.end)

    def implied(self) -> Filters:
        """The condition itself, but for a date as such."""
        return Filters(published_from=self.begin, published_to=self.end)


@dataclass(frozen=True)
class Worded:
    """One of the texts of `field` is like one of `texts`, in any case."""

    field: Text
    likeness: Likeness
    texts: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether one is; an article without such a text has none that is."""
        return any(map(self._is_like, facts.texts[self.field]))

    def implied(self) -> Filters:
        """No filters: they compare whole names."""
        return NO_FILTERS

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(map(folded, self.texts))

    def _is_like(self, own: str) -> bool:
        match self.likeness:
            case "equals":
                return own in self._wanted
            case "contains":
                return any(wanted in own for wanted in self._wanted)
            case "begins":
                return own.startswith(tuple(self._wanted))
            case "ends":
                return own.endswith(tuple(self._wanted))


@dataclass(frozen=True, slots=True)
class Filled:
    """The article has `field` at all."""

    field: Text | Literal["published_at"]

    def holds(self, facts: Facts) -> bool:
        """Whether it has."""
        if self.field == "published_at":
            return facts.published_at is not None
        return any(facts.texts[self.field])

    def implied(self) -> Filters:
        """No filters."""
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    of: Condition

    def holds(self, facts: Facts) -> bool:
        """Whether it does not."""
        return not self.of.holds(facts)

    def implied(self) -> Filters:
        """Publishers may be excluded; nothing else can be."""
        if isinstance(self.of, Named) and self.of.field == "source":
            return Filters(exclude_source=self.of.values)
        return NO_FILTERS


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether all do."""
        return all(condition.holds(facts) for condition in self.conditions)

    def implied(self) -> Filters:
        """What each implies, together."""
        return reduce(_both, (each.implied() for each in self.conditions), NO_FILTERS)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether one does."""
        return any(condition.holds(facts) for condition in self.conditions)

    def implied(self) -> Filters:
        """What all of them imply."""
        implied = [each.implied() for each in self.conditions]
        return reduce(_either, implied) if implied else NO_FILTERS


def bounded(condition: Condition) -> Condition:
    """The condition itself; raises ValidationError where it compares with too many values."""
    if _compared(condition) > MAX_COMPARED:
        raise ValidationError(
            f"Must compare with at most {MAX_COMPARED} values in all: ask with fewer, or in parts."
        )
    return condition


def _compared(condition: Condition) -> int:
    """How many values there are to compare with; what needs none is as much work as one."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return sum(map(_compared, conditions))
        case Not(of):
            return _compared(of)
        case Named(_, values) | Worded(_, _, values):
            return len(values)
    return 1


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
