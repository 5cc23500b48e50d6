"""What is asked of the searcher, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from indexer.documents import Article, Passage
from indexer.engines.base import NO_FILTERS, Filters

Mode = Literal["hybrid", "dense", "lexical"]
Relation = Literal["eq", "gte"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, how to look for its answer, and which page of the ranking is wanted."""

    text: str
    mode: Mode = "hybrid"
    filters: Filters = NO_FILTERS
    limit: int = 10
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking; `rank` counts from 1, `score` orders within one ranking only."""

    rank: int
    score: float
    passage: Passage
    article: Article


@dataclass(frozen=True, slots=True)
class Total:
    """How many passages the ranking holds; `gte` says that more of them may match."""

    value: int
    relation: Relation


@dataclass(frozen=True, slots=True)
class Ranking:
    """One page of hits, best first, out of one generation."""

    generation: str
    hits: tuple[Hit, ...]
    total: Total
    next_cursor: str | None
