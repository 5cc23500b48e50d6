"""Filters as SQL conditions on the articles of a store."""

from __future__ import annotations

import json
from collections.abc import Sequence

from indexer.engines.base import Filters, Handles
from indexer.engines.local.lexical import microseconds


def condition(filters: Filters, withdrawn: Handles | None = None) -> tuple[str, list[object]]:
    """The SQL condition on `articles a` that means `filters`, with its values."""
    conditions, values = ["TRUE"], list[object]()
    if withdrawn is not None and len(withdrawn):
        conditions.append("a.number NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(withdrawn.tolist()))
    for wanted in filters.required():
        conditions.append(_carrying(wanted))
        values += sorted(wanted)
    if unwanted := filters.excluded():
        conditions.append(f"NOT {_carrying(unwanted)}")
        values += sorted(unwanted)
    if filters.published_from:
        conditions.append("a.published >= ?")
        values.append(microseconds(filters.published_from))
    if filters.published_to:
        conditions.append("a.published <= ?")
        values.append(microseconds(filters.published_to))
    return " AND ".join(conditions), values


def _carrying(keys: frozenset[str]) -> str:
    return f"(a.number IN (SELECT article FROM article_keys WHERE key IN {_marks(keys)}))"


def _marks(values: Sequence[object] | frozenset[str]) -> str:
    return f"({', '.join('?' * len(values))})"
