"""Listing: the articles of an index, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.generations import Generations
from api.search.query import Total
from indexer.documents import Article
from indexer.engines.base import Filters


@dataclass(frozen=True, slots=True)
class Listing:
    """Which articles are wanted, and which page of them."""

    filters: Filters
    limit: int
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of articles, newest first, out of one generation."""

    generation: str
    articles: tuple[Article, ...]
    total: Total
    next_cursor: str | None


def list_articles(generations: Generations, listing: Listing) -> Listed:
    """The page that `listing` asks for; raises BadCursor or StaleCursor."""
    name = fingerprint("articles", listing.filters)
    generation, first = generations.newest(), 0
    if listing.cursor is not None:
        place = decode_cursor(listing.cursor, name)
        generation, first = generations.named(place.generation), place.offset
    snapshot, last = generation.snapshot, first + listing.limit
    total = snapshot.count(listing.filters).articles
    articles = snapshot.articles(listing.filters, first, listing.limit)
    newest = generations.judging(generation)
    if generation is not newest:
        # As they are now, and without those that were withdrawn since.
        now = (newest.snapshot.article(article.id) for article in articles)
        articles = [article for article in now if article]
    return Listed(
        generation=generation.name,
        articles=tuple(articles),
        total=Total(total, "eq"),
        next_cursor=encode_cursor(generation.name, name, last) if last < total else None,
    )
