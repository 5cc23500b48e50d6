"""Grouping candidates into entries of a ranking."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from api.search.grouping import by_date, entries, fresh, members
from tests.search.harbour import pool

# Five passages in the order of a ranking, of the articles 7, 3, 7, 9 and 3.
FOUND = pool(handles=[10, 11, 12, 13, 14], articles=[7, 3, 7, 9, 3])


def test_without_collapsing_every_passage_is_an_entry() -> None:
    assert entries(FOUND, "none").tolist() == [0, 1, 2, 3, 4]


def test_collapsed_by_article_the_best_passage_of_each_leads() -> None:
    assert entries(FOUND, "article").tolist() == [0, 1, 3]


def test_the_others_of_an_article_are_its_members_in_order() -> None:
    assert members(FOUND, 1).tolist() == [4]
    assert members(FOUND, 3).tolist() == []


def test_what_was_shown_already_is_not_fresh() -> None:
    deeper = pool(handles=[10, 15, 16], articles=[7, 7, 8])
    assert fresh(deeper, FOUND, "none").handles.tolist() == [15, 16]
    assert fresh(deeper, FOUND, "article").handles.tolist() == [16]


def test_entries_by_date_keep_their_order_where_dates_are_equal_and_end_with_the_undated() -> None:
    leads = np.array([0, 1, 3, 4])
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    published = [early, None, late, early]
    assert by_date(leads, published, "newest").tolist() == [3, 0, 4, 1]
    assert by_date(leads, published, "oldest").tolist() == [0, 4, 3, 1]
