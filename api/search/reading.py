"""How a query is read: what to look for, under which conditions, and how much newness counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.search.query import Query
from api.search.recency import asked_half_life, without_asking
from api.search.syntax import Parsed, parse
from api.search.words import FUNCTION, weigh
from indexer.engines.base import Filters, Scope, Word

# No article carries an empty name, so that nothing passes.
_NOBODY = ("",)


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as the chain takes it: `text` for the encoder, `words` for the lexical retriever."""

    text: str
    words: tuple[Word, ...]
    scope: Scope
    half_life: timedelta | None

    @property
    def telling(self) -> bool:
        """Whether any word says what is looked for; function words alone do not."""
        return any(word.weight > FUNCTION for word in self.words)


def read(query: Query) -> Reading:
    """What `query` asks for."""
    parsed = parse(query.text)
    asked = asked_half_life(parsed.text)
    words = weigh(without_asking(parsed.text)) if asked else ()
    return Reading(
        text=parsed.text,
        words=words or weigh(parsed.text),
        scope=Scope(_filters(query.filters, parsed), parsed.phrases, parsed.excluded),
        half_life=query.recency_half_life or asked,
    )


def _filters(given: Filters, parsed: Parsed) -> Filters:
    """The filters of the request and those written into the question, both of which hold."""
    return replace(
        given,
        source=_both(given.source, parsed.source),
        exclude_source=(*given.exclude_source, *parsed.exclude_source),
        published_from=_latest(given.published_from, parsed.published_from),
        published_to=_earliest(given.published_to, parsed.published_to),
    )


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if not one or not other:
        return one or other
    wanted = {name.casefold() for name in other}
    return tuple(name for name in one if name.casefold() in wanted) or _NOBODY


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)
