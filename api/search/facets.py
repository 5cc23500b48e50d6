"""Facets: how many hits of a ranking have which source, section, language, month or author."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from api.search.query import Facet, FacetCount
from indexer.documents import Article

Values = Callable[[Article], Iterable[str | None]]

FACETS: Mapping[Facet, Values] = {
    "source": lambda article: [article.source],
    "section": lambda article: [article.section],
    "language": lambda article: [article.language],
    "month": lambda article: _month(article.published_at),
    "author": lambda article: article.authors,
}


def count_facets(
    names: Sequence[Facet], articles: Sequence[Article]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """For each facet, its values among the articles of the hits, most frequent first.

    An article counts once for each of its hits; one without a value is not counted.
    """
    return {name: _counted(FACETS[name], articles) for name in names}


def _counted(values: Values, articles: Sequence[Article]) -> tuple[FacetCount, ...]:
    counted = Counter(value for article in articles for value in values(article) if value)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetCount(value, count) for value, count in ordered)


def _month(moment: datetime | None) -> list[str]:
    return [f"{moment.astimezone(UTC):%Y-%m}"] if moment else []
