"""Texts without full stops are read in pieces, which are sentences like others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.grounding.pieces import LONGEST, in_pieces
from indexer.documents import Span
from indexer.sentences import sentences


def pieces(text: str) -> list[str]:
    return [span.of(text) for span in in_pieces(text, [Span(0, len(text))])]


def test_a_sentence_is_one_piece() -> None:
    text = "The ferry left, late as ever. " * 90
    found = sentences(text)
    assert list(in_pieces(text, found)) == found


@pytest.mark.parametrize(
    ("repeated", "ends"),
    [
        ("the ferry left, ", ("the", "ferry", "left,")),
        ("大坝关闭了，因为", ("，",)),
        ("大坝", ("大", "坝")),
        ("a\u0301\u0302", ("\u0302",)),
        ("\u0301", ("\u0301",)),
    ],
)
def test_what_never_ends_is_cut_where_it_hurts_least(repeated: str, ends: tuple[str, ...]) -> None:
    text = (repeated * LONGEST).strip()
    found = pieces(text)
    assert max(map(len, found)) <= LONGEST
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(piece.endswith(ends) for piece in found[:-1])


PARTS = st.text(st.characters(exclude_categories=["Cc", "Cs"])) | st.sampled_from(
    ["a" * 700, " " * 700, "大" * 400]
)


@given(st.lists(PARTS, max_size=9))
def test_no_piece_begins_or_ends_with_a_space_and_none_is_lost(parts: list[str]) -> None:
    text = "".join(parts).strip()
    found = pieces(text) if text else []
    assert all(piece == piece.strip() and len(piece) <= LONGEST for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())
