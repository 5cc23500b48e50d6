"""Many texts at once have the share of a claim that each has by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.grounding.coverage import Texts, share

STEMS = st.frozensets(st.sampled_from(["ferry", "left", "harbo", "7", "international", "二日"]))


@given(STEMS, st.lists(STEMS, max_size=8))
def test_all_texts_at_once_have_the_share_of_each(
    claimed: frozenset[str], texts: list[frozenset[str]]
) -> None:
    assert Texts(texts).shares(claimed).tolist() == [share(claimed, own) for own in texts]
