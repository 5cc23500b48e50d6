"""Fusion, against arithmetic done by hand."""

from __future__ import annotations

import pytest

from api.search.fusion import additive, convex, reciprocal_rank
from indexer.engines.base import Candidate

DENSE = [Candidate("a", 0.9), Candidate("b", 0.7), Candidate("c", 0.5)]
LEXICAL = [Candidate("b", 12.0), Candidate("d", 4.0)]


def as_pairs(ranking: list[Candidate]) -> list[tuple[str, object]]:
    return [(candidate.passage_id, candidate.score) for candidate in ranking]


def test_additive_fusion_adds_a_share_of_the_scaled_lexical_score_to_the_cosine() -> None:
    fused = additive({"dense": DENSE, "lexical": LEXICAL})
    # b .7 + .3 * 12/12, a .9, d .5 (the least cosine) + .3 * 4/12, c .5
    assert as_pairs(fused) == [
        ("b", pytest.approx(1.0)),
        ("a", pytest.approx(0.9)),
        ("d", pytest.approx(0.6)),
        ("c", pytest.approx(0.5)),
    ]


def test_additive_fusion_of_one_silent_arm_is_the_other() -> None:
    assert additive({"dense": DENSE, "lexical": []}) == DENSE
    alone = additive({"dense": [], "lexical": LEXICAL})
    assert as_pairs(alone) == [("b", pytest.approx(0.3)), ("d", pytest.approx(0.1))]


def test_convex_combination_adds_weighted_min_max_scores() -> None:
    fused = convex({"dense": DENSE, "lexical": LEXICAL}, {"dense": 0.7, "lexical": 0.3})
    # dense: a 1, b .5, c 0; lexical: b 1, d 0
    assert as_pairs(fused) == [
        ("a", pytest.approx(0.7)),
        ("b", pytest.approx(0.7 * 0.5 + 0.3)),
        ("c", 0.0),
        ("d", 0.0),
    ]


def test_an_arm_whose_scores_are_all_alike_counts_in_full() -> None:
    fused = convex({"lexical": [Candidate("a", 3.0), Candidate("b", 3.0)]}, {"lexical": 0.3})
    assert as_pairs(fused) == [("a", pytest.approx(0.3)), ("b", pytest.approx(0.3))]


def test_an_arm_that_found_nothing_changes_no_order() -> None:
    weights = {"dense": 0.7, "lexical": 0.3}
    fused = convex({"dense": DENSE, "lexical": []}, weights)
    assert [candidate.passage_id for candidate in fused] == ["a", "b", "c"]


def test_reciprocal_rank_fusion_adds_inverse_ranks() -> None:
    fused = reciprocal_rank({"dense": DENSE, "lexical": LEXICAL})
    assert as_pairs(fused) == [
        ("b", pytest.approx(1 / 62 + 1 / 61)),
        ("a", pytest.approx(1 / 61)),
        ("d", pytest.approx(1 / 62)),
        ("c", pytest.approx(1 / 63)),
    ]


def test_equal_scores_are_ordered_by_passage_id() -> None:
    arms = {"dense": [Candidate("z", 1.0)], "lexical": [Candidate("a", 1.0)]}
    assert [c.passage_id for c in reciprocal_rank(arms)] == ["a", "z"]
