"""Markers come out whole and once, wherever the stream is cut."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.answers.markers import Marker, MarkerParser, Part

KNOWN = (1, 2, 3)
PIECES = st.lists(
    st.sampled_from(
        [
            *"[]【】†,;",
            "1",
            "2",
            "9",
            "12",
            " ",
            "  ",
            "\n",
            "a",
            "Rain. ",
            "[1]",
            " [2]",
            "[1, 2]",
            "[1][9]",
            "【1†L3】",
            "[9]",
            "[1999]",
            "[sic]",
        ]
    ),
    max_size=25,
)


def parsed(pieces: Iterable[str]) -> tuple[str, list[tuple[int, int]], list[int]]:
    """The text, where in it which marker stands, and the unknown numbers."""
    parser = MarkerParser(KNOWN)
    parts = [part for piece in pieces for part in parser.feed(piece)]
    text, markers = "", []
    for part in [*parts, *parser.close()]:
        if isinstance(part, Marker):
            markers.append((len(text), part.n))
        text += str(part)
    return text, markers, parser.unknown


def at_once(text: str) -> tuple[str, list[tuple[int, int]], list[int]]:
    return parsed([text])


@given(pieces=PIECES, cuts=st.sets(st.integers(1, 120)))
def test_however_a_stream_is_cut_it_says_the_same(pieces: list[str], cuts: set[int]) -> None:
    whole = "".join(pieces)
    ends = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    cut = [whole[start:end] for start, end in pairwise(ends)]
    assert parsed(cut) == parsed(pieces) == parsed(list(whole)) == at_once(whole)


@given(pieces=PIECES)
def test_each_marker_it_tells_of_stands_in_the_text_and_is_known(pieces: list[str]) -> None:
    text, markers, _ = parsed(pieces)
    for start, n in markers:
        assert text[start:].startswith(f"[{n}]")
        assert n in KNOWN


@given(text=st.text(alphabet="[]【】,; 123ab\n", max_size=40))
def test_no_letter_and_no_line_break_is_lost(text: str) -> None:
    said, _, _ = at_once(text)
    assert [sign for sign in said if sign in "ab\n"] == [sign for sign in text if sign in "ab\n"]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Rain [1].", "Rain [1]."),
        ("Rain.[1][2]", "Rain.[1][2]"),
        ("Rain [1, 2; 3].", "Rain [1][2][3]."),
        ("Rain 【1】 and 【2†L4-L9】.", "Rain [1] and [2]."),
        ("Rain [1, 9].", "Rain [1]."),
        ("Rain [9].", "Rain."),
        ("Rain [9] fell [8].", "Rain fell."),
        ("Rain [ 1 ].", "Rain [1]."),
    ],
)
def test_markers_are_spelled_one_way_and_unknown_ones_are_left_out(said: str, text: str) -> None:
    assert at_once(said)[0] == text


@pytest.mark.parametrize(
    "text", ["[sic]", "[1999]", "[1", "a[", "[]", "[1.]", "[[", "x[i][j]", "【1", "[1\n]", "[1-3]"]
)
def test_brackets_that_are_no_marker_are_text(text: str) -> None:
    assert at_once(text) == (text, [], [])


def test_unknown_numbers_are_told_once_in_the_order_they_are_met() -> None:
    assert at_once("a [9] b [7, 9] c [1] d [8]")[2] == [9, 7, 8]


def test_a_marker_is_never_shown_half() -> None:
    parser = MarkerParser(KNOWN)
    shown: list[list[Part]] = [list(parser.feed(sign)) for sign in "Rain [1, 2]. Sun [x"]
    assert shown[4:11] == [[], [], [], [], [], [], [" ", Marker(1), Marker(2)]]
    assert shown[-3:] == [[], [], [" [x"]]
