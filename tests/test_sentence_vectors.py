"""Sentences as they are kept: spans and signs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Span
from indexer.sentence_vectors import Sentences, from_signs, pack, to_signs, unpack, within
from indexer.sentences import sentences

VECTORS = np.array([[0.1, -0.2, 0.3, -0.4, 0, 0.6, 0.7, 0.8, 0.9, -1]] * 2, np.float32)


def test_a_set_bit_stands_for_a_positive_component() -> None:
    np.testing.assert_array_equal(to_signs(VECTORS[:1]), [[0b10100111, 0b10000000]])


def test_signs_come_back_as_vectors_of_length_one() -> None:
    vectors = from_signs(np.array([[0b1010_0000]], np.uint8), 4)
    np.testing.assert_array_equal(vectors, [[0.5, -0.5, 0.5, -0.5]])
    assert vectors.dtype == np.float32


def test_a_zero_vector_stays_one() -> None:
    zeros = np.zeros((1, 10), np.float32)
    np.testing.assert_array_equal(from_signs(to_signs(zeros), 10), zeros)


def test_sentences_take_eight_bytes_and_a_bit_for_each_dimension() -> None:
    packed = pack(Sentences((Span(0, 5), Span(6, 300)), to_signs(VECTORS)))
    bits = bytes([0b10100111, 0b10000000])
    assert packed == b"\0\0\0\0\5\0\0\0" + bits + b"\6\0\0\0\x2c\1\0\0" + bits


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))), st.data())
def test_what_was_packed_is_unpacked(places: list[tuple[int, int]], data: st.DataObject) -> None:
    dimension = data.draw(st.integers(1, 20))
    chance = np.random.default_rng(len(places))
    vectors = chance.standard_normal((len(places), dimension), np.float32)
    spans = [Span(*place) for place in places]
    found = unpack(pack(Sentences(tuple(spans), to_signs(vectors))), dimension)
    assert found.spans == tuple(spans)
    np.testing.assert_array_equal(found.signs, to_signs(vectors))


def test_bytes_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match="buffer size"):
        unpack(pack(Sentences((Span(0, 5),), to_signs(VECTORS[:1]))), 384)


def test_sentences_are_cut_where_their_passage_is() -> None:
    of_text = [Span(0, 9), Span(10, 19), Span(20, 29), Span(30, 39)]
    assert within(of_text, Span(10, 25)) == [Span(0, 9), Span(10, 15)]
    assert within(of_text, Span(15, 19)) == [Span(0, 4)]
    assert within([], Span(3, 4)) == []


def test_a_sentence_that_only_touches_the_passage_is_not_its_own() -> None:
    assert within([Span(0, 4), Span(4, 9), Span(9, 12)], Span(4, 9)) == [Span(0, 5)]


@given(st.text(st.sampled_from("aB 。.!\n\r𐍈e\u0301")), st.integers(0, 40), st.integers(1, 40))
def test_sentences_within_a_stretch_are_its_text(text: str, start: int, length: int) -> None:
    stretch = Span(min(start, len(text)), min(start + length, len(text)))
    passage = stretch.of(text)
    own = within(sentences(text), stretch)
    covered = [place for span in own for place in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert all(passage[place].isspace() for place in set(range(len(passage))) - set(covered))
