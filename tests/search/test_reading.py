"""How a query is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from api.search.query import Query
from api.search.reading import read
from indexer.engines.base import Filters, Scope, Word


def test_plain_text_is_looked_for_everywhere() -> None:
    reading = read(Query("ferry to the islands"))
    assert reading.text == "ferry to the islands"
    assert reading.words == (Word("ferry", 1.0), Word("islands", 1.0))
    assert (reading.scope, reading.half_life) == (Scope(), None)


def test_operators_in_the_question_become_conditions() -> None:
    reading = read(Query('"island chain" -drill source:"Meridian Wire" after:2026-01-02 ferries'))
    assert reading.text == "island chain ferries"
    assert reading.scope == Scope(
        Filters(source=("Meridian Wire",), published_from=datetime(2026, 1, 2, tzinfo=UTC)),
        phrases=("island chain",),
        excluded=("drill",),
    )


def test_conditions_of_the_question_and_of_the_request_hold_together() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    given = Filters(
        source=("Harbour Post", "MERIDIAN WIRE"),
        exclude_source=("Gazette",),
        published_from=early,
        published_to=late,
    )
    asked = 'x source:\'meridian source:"meridian wire" -source:Courier after:2026-02 before:2027'
    filters = read(Query(asked, filters=given)).scope.filters
    assert filters.source == ("MERIDIAN WIRE",)
    assert filters.exclude_source == ("Gazette", "Courier")
    assert filters.published_from == datetime(2026, 2, 1, tzinfo=UTC)
    assert filters.published_to == late


def test_publishers_that_contradict_each_other_leave_nobody() -> None:
    filters = read(Query("x source:Post", filters=Filters(source=("Wire",)))).scope.filters
    assert filters.source == ("",)


def test_what_is_asked_for_by_date_is_not_looked_for_by_words() -> None:
    reading = read(Query("latest on the ferry"))
    assert (reading.text, reading.words) == ("latest on the ferry", (Word("ferry", 1.0),))
    assert read(Query("latest")).words == (Word("latest", 1.0),)


def test_function_words_alone_tell_nothing() -> None:
    assert not read(Query("who are they")).telling
    assert read(Query("who are the ferrymen")).telling


def test_a_half_life_given_outright_outweighs_the_words_of_the_question() -> None:
    day = timedelta(days=1)
    assert read(Query("latest news")).half_life == 7 * day
    assert read(Query("latest news", recency_half_life=day)).half_life == day
