"""What is asked of the searcher, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from indexer.documents import Article, Passage, Span
from indexer.engines.base import NO_FILTERS, Filters

Mode = Literal["hybrid", "dense", "lexical"]
Relation = Literal["eq", "gte"]
Collapse = Literal["none", "article"]
Sort = Literal["relevance", "newest", "oldest"]
Facet = Literal["source", "section", "language", "month", "author"]
Reason = Literal["no_candidates", "filters_exclude_all", "below_threshold"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, how to look for its answer, and which page of the ranking is wanted.

    `min_relevance` takes the place of the threshold below which a question counts as not
    answered, and leaves out the hits below it; `include_weak` shows them all the same.
    """

    text: str
    mode: Mode = "hybrid"
    filters: Filters = NO_FILTERS
    limit: int = 10
    cursor: str | None = None
    min_relevance: float | None = None
    include_weak: bool = False
    collapse: Collapse = "none"
    sort: Sort = "relevance"
    recency_half_life: timedelta | None = None
    facets: tuple[Facet, ...] = ()
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """One part of a score: the value as measured, its weight, and what both come to."""

    name: str
    value: float
    weight: float
    part: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit stands where it does; a rank is None where that retriever did not propose it.

    `fused` is the sum of the signals; `reranked_from` the rank before reranking; `recency` what
    the score was multiplied by for the article's age.
    """

    signals: tuple[Signal, ...]
    dense_rank: int | None
    lexical_rank: int | None
    fused: float
    reranked_from: int | None = None
    recency: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking; `rank` counts from 1, `score` orders within one ranking only.

    `relevance` is the estimated probability, 0 to 1, that it answers; None when nobody has
    calibrated the index's model. `collapsed` are further passages of the article.
    """

    rank: int
    score: float
    relevance: float | None
    passage: Passage
    article: Article
    highlights: tuple[Span, ...] = ()
    collapsed: tuple[Passage, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many hits the ranking holds; `gte` says that more may match."""

    value: int
    relation: Relation


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many hits of the ranking have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """One page of hits, best first, out of one generation.

    `reason` says why the question is not answerable; `exact` that no better passage can have been
    overlooked; `degraded` names what failed on the way.
    """

    generation: str
    hits: tuple[Hit, ...]
    total: Total
    next_cursor: str | None
    answerable: bool | None = True
    reason: Reason | None = None
    exact: bool = True
    degraded: tuple[str, ...] = ()
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)
