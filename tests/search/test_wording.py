"""What people are told of an article that is not among the hits."""

from __future__ import annotations

import pytest

from api.search.query import Mode, Query
from api.search.why_not import Needed, WhyNot
from api.search.wording import short_of, why_not_sentence


def sentence(found: WhyNot, query: Query | None = None) -> str:
    return why_not_sentence(query or Query("rain"), found)


def test_an_article_that_is_not_there_is_named() -> None:
    told = sentence(WhyNot("1", "wire/7", "not_indexed"))
    assert told == (
        "The index holds no article with the id “wire/7”: "
        "index it, or look its id up in the list of articles."
    )


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (("source",), "the condition source: without that"),
        (("source", '-"ferry"'), 'the conditions source and -"ferry": without them'),
        (("from", "to", '"a b"'), 'the conditions from, to and "a b": without them'),
    ],
)
def test_conditions_are_listed(conditions: tuple[str, ...], expected: str) -> None:
    told = sentence(WhyNot("1", "a", "excluded", excluded_by=conditions))
    assert told == f"It does not meet {expected} it takes part."


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("lexical", "has a word of the question"),
        ("dense", "meets them all at once"),
        ("hybrid", "meets them all at once"),
    ],
)
def test_no_match_is_told_by_what_was_looked_for(mode: Mode, expected: str) -> None:
    assert expected in sentence(WhyNot("1", "a", "without_match"), Query("rain", mode))


def test_what_is_weak_is_told_both_figures() -> None:
    found = WhyNot("1", "a", "weak", needed=Needed("relevance", 0.37, 0.12))
    assert sentence(found) == (
        "It is not relevant enough: its best passage has a relevance of 12 %, and 37 % are "
        "needed. A lower min_relevance or include_weak lets it in."
    )


def test_where_nothing_is_shown_at_all_that_is_said() -> None:
    found = WhyNot("1", "a", "not_answerable", needed=Needed("relevance", 0.37, 0.12))
    assert sentence(found).startswith("The question counts as not answered")
    assert "a relevance of 12 %, and 37 % are needed" in sentence(found)


def test_a_hit_further_down_is_told_its_place() -> None:
    found = WhyNot("1", "a", "outranked", rank=14)
    assert sentence(found, Query("rain", limit=5)) == (
        "It is hit 14, and the first 5 were asked for: a limit of 14 or a further page shows it."
    )


def test_what_others_outscore_is_told_both_scores() -> None:
    found = WhyNot("1", "a", "outranked", needed=Needed("score", 1.2, 0.4))
    assert sentence(found) == (
        "Other passages answer better: its best one has a score of 0.400, "
        "and the last of the hits on this page 1.200."
    )


def test_what_was_only_not_reached_is_not_called_worse() -> None:
    told = sentence(WhyNot("1", "a", "outranked", needed=Needed("score", 0.4, 0.4)))
    assert "Other passages were looked at before it" in told


def test_in_a_list_by_date_no_score_is_told() -> None:
    told = sentence(WhyNot("1", "a", "outranked"))
    assert told.startswith("It is not among the passages nearest to the question")


def test_a_hit_is_told_so() -> None:
    assert sentence(WhyNot("1", "a", "found", rank=3)) == "It is hit 3."


@pytest.mark.parametrize(
    ("had", "needed", "expected"),
    [
        (0.12, 0.37, "12 %, and 37 %"),
        (0.036, 0.1, "4 %, and 10 %"),
        (0.366, 0.369, "36 %, and 37 %"),
        (0.0, 0.001, "0 %, and 1 %"),
        (0.998, 1.0, "99 %, and 100 %"),
    ],
)
def test_figures_are_rounded_so_that_the_one_looks_too_low(
    had: float, needed: float, expected: str
) -> None:
    assert short_of(had, needed) == f"a relevance of {expected} are needed"
