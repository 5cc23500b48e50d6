"""Cursors say where a page ended, and refuse to be used anywhere else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.cursor import decode_cursor, encode_cursor, fingerprint
from api.search.errors import BadCursor


@given(offset=st.integers(0, 10**9), generation=st.text(), listing=st.text())
def test_a_cursor_comes_back_as_its_place(offset: int, generation: str, listing: str) -> None:
    cursor = encode_cursor(generation, listing, offset)
    assert decode_cursor(cursor, listing) == (generation, offset)


def test_a_cursor_of_another_listing_is_refused() -> None:
    cursor = encode_cursor("g1", fingerprint("island", "dense"), 10)
    with pytest.raises(BadCursor, match="another request"):
        decode_cursor(cursor, fingerprint("island", "lexical"))


@given(cursor=st.text(max_size=80))
def test_made_up_cursors_are_refused_with_advice(cursor: str) -> None:
    with pytest.raises(BadCursor, match="next_cursor"):
        decode_cursor(cursor, "listing")


@pytest.mark.parametrize("parts", [["g1", "listing", -1], ["g1", "listing", 10**12], ["g1"], 7, {}])
def test_a_cursor_with_impossible_contents_is_refused(parts: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    with pytest.raises(BadCursor):
        decode_cursor(cursor, "listing")


@given(text=st.text(alphabet=st.characters()))
def test_any_text_has_a_fingerprint(text: str) -> None:
    assert fingerprint(text, "dense") == fingerprint(text, "dense")
    assert fingerprint(text, "dense") != fingerprint(text, "lexical")
