"""Sentences for people: what kept an article out, and by how much something falls short."""

from __future__ import annotations

from math import ceil, floor

from api.search.query import Query
from api.search.why_not import Needed, WhyNot


def why_not_sentence(query: Query, found: WhyNot) -> str:
    """What kept an article out of the hits of `query`, and what it would have needed."""
    match found.verdict:
        case "not_indexed":
            return (
                f"The index holds no article with the id “{found.article_id}”: "
                "index it, or look its id up in the list of articles."
            )
        case "excluded":
            return _excluded(found.excluded_by)
        case "without_match":
            return _without_match(query)
        case "found":
            return f"It is hit {found.rank}."
        case "outranked":
            return _outranked(query, found)
    return _too_weak(found)


def _too_weak(found: WhyNot) -> str:
    needed = found.needed or Needed("relevance", 1.0, found.relevance or 0.0)
    figures = short_of(needed.had, needed.bound)
    if found.verdict == "weak":
        return (
            f"It is not relevant enough: its best passage has {figures}. "
            "A lower min_relevance or include_weak lets it in."
        )
    return (
        "The question counts as not answered, so that nothing is shown: of this article, the "
        f"best passage has {figures}. With include_weak it takes part all the same."
    )


def short_of(had: float, needed: float) -> str:
    """The relevance something has and the one it needs, rounded so that it looks too low."""
    low, high = round(had * 100), round(needed * 100)
    if low >= high:
        low, high = floor(had * 100), ceil(needed * 100)
    return f"a relevance of {low} %, and {high} % are needed"


def _excluded(conditions: tuple[str, ...]) -> str:
    names = " and ".join(filter(None, [", ".join(conditions[:-1]), conditions[-1]]))
    if len(conditions) == 1:
        return f"It does not meet the condition {names}: without that it takes part."
    return f"It does not meet the conditions {names}: without them it takes part."


def _without_match(query: Query) -> str:
    if query.mode == "lexical":
        return (
            "It meets every condition, but no passage of it that meets them all has a word of the "
            "question: other words, or looking by meaning (hybrid, dense), could find it."
        )
    return (
        "It meets every condition, but none of its passages meets them all at once: fewer quoted "
        "or excluded words could find it."
    )


def _outranked(query: Query, found: WhyNot) -> str:
    if found.rank is not None:
        return (
            f"It is hit {found.rank}, and the first {query.limit} were asked for: "
            f"a limit of {found.rank} or a further page shows it."
        )
    if found.needed is None:
        return "It is not among the passages nearest to the question, which are all that is listed."
    if found.needed.had >= found.needed.bound:
        return (
            "Other passages were looked at before it, though its score would do: "
            "a further page shows it."
        )
    return (
        f"Other passages answer better: its best one has a score of {found.needed.had:.3f}, and "
        f"the last of the hits on this page {found.needed.bound:.3f}."
    )
