"""Which segments are merged: worked by hand."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from indexer.engines.local.tiers import FAN, SMALLEST, Size, into_one, tiered


def full(*passages: int) -> list[Size]:
    """Segments with nothing withdrawn, an article a passage."""
    return [Size(count, count, count, count) for count in passages]


def test_fewer_than_four_small_neighbours_are_left_alone() -> None:
    assert tiered(full(1_000_000, 3, 5, 2)) == []


def test_four_small_neighbours_become_one() -> None:
    assert tiered(full(1_000_000, 3, 5, 2, 250)) == [slice(1, 5)]


def test_a_larger_tier_takes_the_smaller_ones_between_its_members() -> None:
    # The second tier is of 257 to 1,024 passages.
    assert tiered(full(1_000_000, 600, 3, 700, 900)) == []
    assert tiered(full(1_000_000, 600, 3, 700, 900, 800, 5)) == [slice(1, 7)]


def test_a_large_segment_keeps_small_ones_apart() -> None:
    assert tiered(full(1, 2, 100_000, 3, 4)) == []
    assert tiered(full(1, 2, 3, 4, 100_000, 1, 2, 3, 4)) == [slice(0, 4), slice(5, 9)]


def test_a_segment_with_nearly_a_third_withdrawn_is_written_anew_unless_it_is_small() -> None:
    sizes = [Size(100, 70, 1000, 700), Size(100, 69, 1000, 690), Size(10, 1, 100, 10)]
    assert tiered(sizes) == [slice(1, 2)]


def test_one_whole_segment_is_left_as_it_is() -> None:
    assert into_one(full(7)) == []
    assert into_one([]) == []
    assert into_one([Size(7, 6, 7, 6)]) == [slice(0, 1)]
    assert into_one(full(7, 8)) == [slice(0, 2)]


@given(st.lists(st.integers(0, 5_000), max_size=40))
def test_merging_comes_to_an_end_with_fewer_than_four_small_neighbours(
    passages: list[int],
) -> None:
    while chosen := tiered(full(*passages)):
        for run in reversed(chosen):
            passages[run] = [sum(passages[run])]
    small = [count <= SMALLEST for count in passages]
    assert max((len(list(run)) for own, run in groupby(small) if own), default=0) < FAN


@given(
    st.lists(
        st.builds(Size, st.just(10), st.integers(0, 10), st.just(9_000), st.integers(0, 5_000))
    )
)
def test_no_segment_is_merged_twice(sizes: list[Size]) -> None:
    places = [place for run in tiered(sizes) for place in range(run.start, run.stop)]
    assert len(places) == len(set(places))
