"""Grouping: which candidates make one entry of a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from api.search.pool import Pool
from api.search.query import Collapse, Sort

Places = NDArray[np.int64]


def entries(pool: Pool, collapse: Collapse) -> Places:
    """Places in `pool` of the candidates that lead an entry, in its order.

    Under `article` that is the first passage of each article; the others are its members.
    """
    if collapse == "none":
        return np.arange(len(pool))
    _, first = np.unique(pool.articles, return_index=True)
    leads: Places = np.sort(first)
    return leads


def members(pool: Pool, lead: int) -> Places:
    """Places of the further passages of the article at `lead`, in the order of `pool`."""
    same: Places = np.flatnonzero(pool.articles == pool.articles[lead])
    return np.setdiff1d(same, [lead])


def fresh(pool: Pool, shown: Pool, collapse: Collapse) -> Pool:
    """The candidates of `pool` that belong to no entry of `shown`."""
    if collapse == "none":
        return pool.take(~np.isin(pool.handles, shown.handles))
    return pool.take(~np.isin(pool.articles, shown.articles))


def by_date(leads: Places, published: Sequence[datetime | None], sort: Sort) -> Places:
    """`leads` by the dates of their articles, undated ones last; equal dates keep their order."""
    age = np.array([moment.timestamp() if moment else np.nan for moment in published])
    # NaN sorts last.
    return leads[np.argsort(-age if sort == "newest" else age, kind="stable")]
