"""Fusion, against arithmetic done by hand."""

from __future__ import annotations

import pytest

from api.search.fusion import convex, layered, reciprocal_rank, signals
from tests.search.harbour import pool

# a is first by meaning, b second there and first by words, c last by meaning, d only by words.
ARMS: dict[str, list[float]] = {
    "dense_rank": [1, 2, 3, 0],
    "lexical_rank": [0, 1, 0, 2],
    "cosine": [0.9, 0.7, 0.5, 0.6],
    "lexical": [0.0, 0.6, 0.0, 0.2],
}


def test_the_layered_score_is_the_weighted_sum_of_the_signals() -> None:
    found = pool(**ARMS, mean_cosine=[0.5, 0.5, 0.0, 0.1], coverage=[0.0, 1.0, 0.0, 0.5])
    weights = {"cosine": 1.0, "mean_cosine": 0.6, "coverage": 1.2, "lexical": 0.2}
    assert layered(found, weights) == pytest.approx(
        [
            0.9 + 0.6 * 0.5,
            0.7 + 0.6 * 0.5 + 1.2 * 1.0 + 0.2 * 0.6,
            0.5,
            0.6 + 0.6 * 0.1 + 1.2 * 0.5 + 0.2 * 0.2,
        ]
    )


def test_within_an_article_its_best_words_count_and_elsewhere_nothing_does() -> None:
    found = pool(**ARMS, articles=[1, 1, 1, 2])
    assert signals(found)["within"] == pytest.approx([-0.6, 0.0, -0.6, 0.0])


def test_a_signal_without_weight_changes_nothing() -> None:
    assert layered(pool(**ARMS), {"cosine": 1.0}) == pytest.approx(ARMS["cosine"])


def test_no_candidates_have_no_scores() -> None:
    nothing = pool(cosine=[])
    assert len(layered(nothing, {"cosine": 1.0})) == 0
    assert len(convex(nothing)) == len(reciprocal_rank(nothing)) == 0


def test_convex_combination_adds_weighted_min_max_scores() -> None:
    # dense: a 1, b .5, c 0, d not proposed; lexical: b 1, d 0
    assert convex(pool(**ARMS), dense=0.7) == pytest.approx([0.7, 0.7 * 0.5 + 0.3, 0.0, 0.0])


def test_an_arm_whose_scores_are_all_alike_counts_in_full() -> None:
    alike = pool(lexical_rank=[1, 2], lexical=[0.3, 0.3])
    assert convex(alike, dense=0.7) == pytest.approx([0.3, 0.3])


def test_reciprocal_rank_fusion_adds_inverse_ranks() -> None:
    assert reciprocal_rank(pool(**ARMS)) == pytest.approx([1 / 61, 1 / 62 + 1 / 61, 1 / 63, 1 / 62])


def test_a_smaller_k_lets_first_places_count_more() -> None:
    assert reciprocal_rank(pool(**ARMS), k=1) == pytest.approx([1 / 2, 1 / 3 + 1 / 2, 1 / 4, 1 / 3])
