"""What a search box understands, and all that it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.syntax import MOST_CONDITIONS, Parsed, parse

# Text in which operators are likely, because everything they are made of is.
PARTS = st.sampled_from(
    [*' \t\n"“”„«»-_:,;.5aß界', "source:", "AFTER:", "before:", "2026", "-05", "-31", '-"', "word"]
)
LIKELY = st.lists(PARTS, max_size=30).map("".join)


def tidied(text: str) -> str:
    return " ".join(text.split())


def has_word(text: str) -> bool:
    return any(char.isalnum() for char in text)


def test_a_quotation_behind_a_word_and_a_colon_is_no_phrase() -> None:
    assert parse('vote author:"Ana Ruiz"') == Parsed('vote author:"Ana Ruiz"')


def test_a_quoted_phrase_is_required_and_its_words_stay_in_the_text() -> None:
    assert parse('ferry "night  crossing" timetable') == Parsed(
        text="ferry night crossing timetable", phrases=("night crossing",)
    )


@pytest.mark.parametrize(
    "quoted", ["“a b”", "„a b“", "”a b”", "«a b»", "« a b »", "»a b«", '"a b"']
)
def test_quotes_of_every_house_style_make_a_phrase(quoted: str) -> None:
    assert parse(f"x {quoted}, y") == Parsed(text="x a b, y", phrases=("a b",))


def test_other_quotes_may_stand_inside_a_phrase() -> None:
    assert parse('"the «Aurora» case"') == Parsed(
        text="the «Aurora» case", phrases=("the «Aurora» case",)
    )


def test_a_phrase_may_begin_behind_punctuation() -> None:
    assert parse('the anti-"fake news" law ("final text")') == Parsed(
        text="the anti-fake news law (final text)", phrases=("fake news", "final text")
    )


def test_phrases_that_touch_stay_two_words() -> None:
    assert parse('"one""two"') == Parsed(text="one two", phrases=("one", "two"))


def test_operators_inside_a_phrase_are_words_of_it() -> None:
    quoted = "-x source:y after:2026"
    assert parse(f'"{quoted}"') == Parsed(text=quoted, phrases=(quoted,))


@pytest.mark.parametrize(
    "text",
    [
        '5" screen or 7" screen',
        "rock'n'roll and 'single quotes'",
        'an "unclosed quote',
        "an „unclosed quote",
        'glued "behind"it',
        'nothing in "…" it',
        'nothing in "" it',
    ],
)
def test_what_is_no_phrase_stays_as_it_is(text: str) -> None:
    assert parse(text) == Parsed(text)


def test_a_minus_excludes_a_word() -> None:
    assert parse("jaguar -car, -COVID-19 -F16") == Parsed(
        text="jaguar", excluded=("car", "COVID-19", "F16")
    )


def test_a_minus_excludes_a_phrase() -> None:
    assert parse('strike -"air raid" -“rail strike”, port') == Parsed(
        text="strike port", excluded=("air raid", "rail strike")
    )


@pytest.mark.parametrize(
    "text",
    [
        "COVID-19",
        "a - b",
        "--x y",
        "-5 degrees",
        "-5,5% growth",
        "x -",
        "x -… y",
        'x -"…"',
        'x -"open',
        'x -word"glued',
        "(-x) y",
        "_ -_ y",
    ],
)
def test_other_dashes_are_text(text: str) -> None:
    assert parse(text) == Parsed(text)


def test_a_source_is_named_with_or_without_quotes() -> None:
    assert parse('strike source:Reuters source:"Meridian  Wire"') == Parsed(
        text="strike", source=("Reuters", "Meridian Wire")
    )


def test_a_source_is_excluded_with_a_minus() -> None:
    assert parse("strike -source:Reuters -SOURCE:„Meridian Wire“") == Parsed(
        text="strike", exclude_source=("Reuters", "Meridian Wire")
    )


def test_a_comma_behind_an_operator_is_not_part_of_it() -> None:
    parsed = parse('strike source:Yahoo!, source:"A, B"; after:2026, source:a,b')
    assert parsed.text == "strike"
    assert parsed.source == ("Yahoo!", "A, B", "a,b")
    assert parsed.published_from == datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_said_twice_counts_once() -> None:
    assert parse('"a" "a" -b -b source:c source:c') == Parsed(
        text="a a", phrases=("a",), excluded=("b",), source=("c",)
    )


@pytest.mark.parametrize(
    ("date", "day"),
    [("2026", (2026, 1, 1)), ("2026-03", (2026, 3, 1)), ("2026-03-15", (2026, 3, 15))],
)
def test_after_includes_its_day_and_before_ends_where_its_day_begins(
    date: str, day: tuple[int, int, int]
) -> None:
    begins = datetime(*day, tzinfo=UTC)
    assert parse(f"quake after:{date}") == Parsed("quake", published_from=begins)
    assert parse(f'quake after:"{date}"') == Parsed("quake", published_from=begins)
    assert parse(f"quake Before:{date}") == Parsed(
        "quake", published_to=begins - timedelta(microseconds=1)
    )


def test_of_several_dates_all_must_hold() -> None:
    parsed = parse("quake after:2024 after:2025 before:2027 before:2026")
    assert parsed.published_from == datetime(2025, 1, 1, tzinfo=UTC)
    assert parsed.published_to == datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_dates_that_leave_nothing_are_handed_on() -> None:
    parsed = parse("quake after:2026 before:2025")
    assert parsed.published_from is not None
    assert parsed.published_to is not None
    assert parsed.published_from > parsed.published_to


@pytest.mark.parametrize(
    "token",
    [
        "after:soon",
        "after:26",
        "after:2026-1",
        "after:2026-13",
        "before:2026-02-30",
        "before:2026-01-15T10:00",
        "before:0001",
        "after:0000",
        "after:٢٠٢٦",
        "after:",
        "before: 2026",
        "source:",
        "source: Reuters",
        'source:""',
        'source:"Reuters',
        'source:Reuters"x"',
        "source:…",
        "-source:,",
        "resource:Reuters",
        "hereafter:2026",
        "(source:Reuters)",
    ],
)
def test_what_is_no_operator_stays_text(token: str) -> None:
    assert parse(f"quake {token}").text == f"quake {token}"


@pytest.mark.parametrize(
    "text", ["-word", '-"some words" source:Reuters', "after:2026 before:2027", 'source:A "…"']
)
def test_operators_alone_are_looked_for_as_text(text: str) -> None:
    assert parse(f" {text} ") == Parsed(text)


@given(st.one_of(st.text(), LIKELY))
def test_no_text_is_a_syntax_error_and_words_never_vanish(text: str) -> None:
    parsed = parse(text)
    assert parsed.text == tidied(parsed.text)
    assert has_word(parsed.text) or not has_word(text)
    for phrase in parsed.phrases:
        assert phrase in parsed.text


@given(LIKELY)
def test_every_condition_has_something_to_compare(text: str) -> None:
    parsed = parse(text)
    for name in (*parsed.phrases, *parsed.excluded, *parsed.source, *parsed.exclude_source):
        assert name == tidied(name)
        assert any(char.isalnum() or char == "_" for char in name)


@given(st.text(st.characters(exclude_characters='"“”„«»-:')))
def test_text_without_quotes_or_operators_comes_back_tidied(text: str) -> None:
    assert parse(text) == Parsed(tidied(text))


@pytest.mark.parametrize(
    "unit", ['"a', "„", "«", "»a", '-"', "-- ", "source:,", "-1,", "after:2026,x "]
)
def test_hostile_repetition_is_read_once(unit: str) -> None:
    # Reading it again from every mark would take minutes, and then change nothing either.
    text = (unit * 100_000).strip()
    assert parse(text) == Parsed(text)


def test_what_comes_after_sixteen_conditions_is_plain_text() -> None:
    words = [f"w{chr(97 + n)}" for n in range(18)]
    parsed = parse("quake " + " ".join(f"-{word}" for word in words))
    assert parsed.excluded == tuple(words[:MOST_CONDITIONS])
    assert parsed.text == "quake -wq -wr"
