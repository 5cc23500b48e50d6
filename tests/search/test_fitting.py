"""Fitting and calibration, against figures worked out by hand and optima planted."""

from __future__ import annotations

from math import isnan, log, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.answerability import Kind, LeftOut, Trial, assess, family, sample
from api.search.calibration import (
    THRESHOLDS,
    Bin,
    Predictions,
    Rates,
    Sample,
    best_threshold,
    calibration_error,
    fit_logistic,
)
from api.search.fitting import WORTH, Judged, climb, ideal_gain
from api.search.weights import Calibration

SIZE = 0.5


def floats(*values: float) -> Any:
    return np.array(values, np.float32)


def test_a_logistic_model_is_found_again_in_a_sample_of_it() -> None:
    truth = Calibration(1.5, 4.0, SIZE, 0.0, 1.0, 0.0)
    scores = np.tile(np.geomspace(0.2, 3, 2_000), 3).astype(np.float32)
    passages = np.repeat([100.0, 1_000.0, 10_000.0], 2_000)
    expected = np.concatenate(
        [truth.relevance(scores[:2_000], size) for size in (100, 1_000, 10_000)]
    ).astype(np.float64)
    # Each hit twice, as an answer and as none, counting as often as the truth has it.
    drawn = Sample(
        scores=np.tile(scores, 2),
        passages=np.tile(passages, 2),
        answers=np.repeat([1.0, 0.0], 6_000),
        counts=np.concatenate([expected, 1 - expected]),
    )
    found = fit_logistic(drawn, SIZE)
    assert found.intercept == pytest.approx(1.5, abs=0.02)
    assert found.slope == pytest.approx(4, abs=0.02)
    assert (found.size, found.threshold, found.false_accepts, found.false_rejects) == (
        SIZE,
        0,
        1,
        0,
    )


def test_what_counts_twice_is_as_good_as_two() -> None:
    scores, answers = floats(0.5, 0.6, 0.7, 0.9, 1.2), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    passages, counts = np.full(5, 100.0), np.array([1.0, 2.0, 1.0, 1.0, 3.0])
    once = fit_logistic(Sample(scores, passages, answers, counts), SIZE)
    scaled = fit_logistic(Sample(scores, passages, answers, 7 * counts), SIZE)
    assert (once.intercept, once.slope) == pytest.approx((scaled.intercept, scaled.slope), abs=1e-4)


def test_a_score_that_tells_every_answer_still_has_a_slope() -> None:
    scores = floats(0.2, 0.3, 0.8, 0.9)
    apart = Sample(scores, np.full(4, 100.0), np.array([0.0, 0, 1, 1]), np.ones(4))
    # With targets of 1/4 and 3/4, as there are two of either, nothing is left over on the whole
    # and nothing that goes with the score: that is where the likelihood is greatest.
    left_over = fit_logistic(apart, SIZE).relevance(scores, 100) - [0.25, 0.25, 0.75, 0.75]
    assert left_over.sum() == pytest.approx(0, abs=1e-4)
    assert left_over @ np.log(scores) == pytest.approx(0, abs=1e-4)


def predictions(*hits: tuple[float, float, float]) -> Predictions:
    probabilities, answers, counts = np.array(hits).T
    return Predictions(probabilities.astype(np.float32), answers, counts)


def test_the_calibration_error_is_how_far_bins_are_off_by_what_they_hold() -> None:
    found = predictions((0.1, 0, 1), (0.125, 1, 1), (0.75, 1, 1), (1.0, 1, 1))
    bins = found.by_width()
    assert [list(bin_) for bin_ in bins] == [
        pytest.approx([0.5, 0.1125, 0.5]),
        [0.25, 0.75, 1.0],
        [0.25, 1.0, 1.0],
    ]
    # .5 · |.1125 − .5| + .25 · |.75 − 1| + .25 · 0
    assert calibration_error(bins) == pytest.approx(0.25625)


def test_hits_count_as_much_as_they_are_said_to() -> None:
    [bin_] = predictions((0.25, 0, 3), (0.25, 1, 1)).by_width()
    assert bin_ == Bin(1.0, 0.25, 0.25)
    assert calibration_error([bin_]) == 0


def test_bins_of_equal_mass_hold_as_much_each() -> None:
    found = predictions(*((n / 1000, float(n % 2), 1) for n in range(20)))
    bins = found.by_mass()
    assert [bin_.share for bin_ in bins] == pytest.approx([0.1] * 10)
    assert [bin_.observed for bin_ in bins] == [0.5] * 10
    assert len(found.by_width()) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans(), st.floats(0.01, 9)), min_size=1)
)
def test_however_they_are_binned_means_stay(hits: list[tuple[float, bool, float]]) -> None:
    found = predictions(*((p, float(answers), count) for p, answers, count in hits))
    for bins in (found.by_width(), found.by_mass()):
        assert sum(bin_.share for bin_ in bins) == pytest.approx(1)
        predicted = sum(bin_.share * bin_.predicted for bin_ in bins)
        assert predicted == pytest.approx(
            np.average(found.probabilities, weights=found.counts), abs=1e-5
        )
        # Shares are rounded, and so may their sum be by a last digit.
        assert 0 <= calibration_error(bins) <= 1 + 1e-9


def test_the_threshold_keeps_both_errors_nearest_to_what_may_be() -> None:
    rates = {
        0.1: Rates(false_rejects=0.05, false_accepts=0.10),  # twice what may be
        0.2: Rates(false_rejects=0.08, false_accepts=0.04),  # eight tenths of it
        0.3: Rates(false_rejects=0.09, false_accepts=0.01),  # nine tenths
    }
    assert best_threshold(rates) == 0.2
    assert best_threshold({0.3: Rates(0, 0), 0.2: Rates(0, 0)}) == 0.2


def judged(**signals: list[float]) -> Judged:
    """Two queries; the first finds two passages of article 0 and one each of 1 and 2."""
    measured = {name: floats(*values) for name, values in signals.items()}
    return Judged(
        queries=np.array([0, 0, 0, 0, 1, 1]),
        articles=np.array([0, 0, 1, 2, 0, 1]),
        signals=measured,
        by_meaning=np.array([True, True, True, False, True, True]),
        by_words=np.array([True, False, True, True, False, False]),
        grades=np.array([0, 0, 1, 2, 1, 0]),
        ideals=np.array([ideal_gain([1, 2]), ideal_gain([1])]),
    )


def test_ndcg_ranks_articles_by_their_best_passages() -> None:
    found = judged(cosine=[0.1, 0.9, 0.8, 0.7, 0.5, 0.4], lexical=[0.9, 0, 0.8, 1, 0, 0])
    ideal = 2 + 1 / log2(3)
    # Articles 0, 1, 2 with grades 0, 1, 2; and the second query's answer first.
    first = (1 / log2(3) + 2 / log2(4)) / ideal
    assert found.by({"cosine": 1.0}) == pytest.approx((first + 1) / 2)
    # By meaning article 2 is not found; by words it is first, 0 second, 1 third, and the second
    # query finds nothing.
    assert found.arms() == {
        "lexical": pytest.approx((2 + 1 / log2(4)) / ideal / 2),
        "dense": pytest.approx((1 / log2(3) / ideal + 1) / 2),
    }


def test_what_comes_after_the_tenth_article_counts_nothing() -> None:
    found = Judged(
        queries=np.zeros(12, np.int64),
        articles=np.arange(12),
        signals={"cosine": -np.arange(12, dtype=np.float32), "lexical": np.zeros(12, np.float32)},
        by_meaning=np.ones(12, np.bool_),
        by_words=np.zeros(12, np.bool_),
        grades=np.array([0] * 9 + [1] * 3),
        ideals=np.array([ideal_gain([1, 1, 1])]),
    )
    assert found.by({"cosine": 1.0}) == pytest.approx(1 / log2(11) / ideal_gain([1] * 3))
    assert found.arms()["lexical"] == 0


def test_a_planted_optimum_is_climbed() -> None:
    planted = {"cosine": 1.0, "coverage": 1.5 * 1.5 * 1.2, "lexical": 1 / 1.2}

    def worth(weights: Any) -> float:
        return -sum((log(weights[name]) - log(planted[name])) ** 2 for name in planted)

    found = climb(worth, dict.fromkeys(planted, 1.0))
    assert found == pytest.approx(planted, abs=0.01)


def test_the_weight_of_the_cosine_stays() -> None:
    found = climb(lambda weights: min(weights["cosine"], 2.0), {"cosine": 1.0, "within": 1.0})
    assert found == {"cosine": 1.0, "within": 1.0}


def test_a_weight_moves_for_nothing_less_than_it_is_worth() -> None:
    start = {"cosine": 1.0, "coverage": 1.0}
    assert climb(lambda weights: WORTH / 2 * (weights["coverage"] > 1), start) == start
    assert climb(lambda weights: WORTH * (weights["coverage"] > 1), start)["coverage"] == 1.5


def test_weights_are_fitted_to_what_ranks_the_answers_first() -> None:
    # The answer to the second query leads only where coverage weighs more than 1.25.
    found = judged(cosine=[0, 0, 0, 0, 0.5, 1.0], coverage=[0, 0, 0.5, 1, 0.4, 0])
    best = climb(found.by, {"cosine": 1.0, "coverage": 1.0})
    assert best["coverage"] > 1.25
    assert found.by(best) == pytest.approx(1)


def trial(
    asking: str,
    corpus: str,
    kind: Kind,
    hits: list[list[tuple[float, float]]],
    part: str = "",
    same_language: bool = True,
) -> Trial:
    """What each query finds: scores and whether they answer, best first."""
    flat = [hit for found in hits for hit in found]
    return Trial(
        asking=asking,
        corpus=corpus,
        part=part,
        kind=kind,
        same_language=same_language,
        passages=100,
        queries=len(hits),
        scores=floats(*(score for score, _ in flat)),
        answers=np.array([answers for _, answers in flat]),
        first=np.array([place == 0 for found in hits for place in range(len(found))]),
    )


# Relevance is s² / (1 + s²): .5 for a score of 1.
EVEN = Calibration(0.0, 2.0, 0.0, 0.5, 0.0, 0.0)


def test_translations_are_of_one_family() -> None:
    assert [family(name) for name in ("news-en", "news-de", "far-off-de", "seeds")] == [
        "news",
        "news",
        "far-off",
        "seeds",
    ]


def test_only_the_best_hit_decides_and_no_hit_is_a_refusal() -> None:
    found = trial("a", "b", "foreign", [[(1.5, 0), (1.2, 0)], [(0.5, 0)], [], [(1.0, 0)]])
    assert found.accepted(EVEN, 0.5) == 0.5
    assert found.accepted(EVEN, 0.6) == 0.25


def test_errors_are_told_apart_by_where_a_question_was_put() -> None:
    found = LeftOut(
        "a",
        EVEN,
        [
            trial("a", "a", "own", [[(2.0, 1)], [(2.0, 0)], [(2.0, 1)], [(0.5, 1)]]),
            trial("a", "a", "removed", [[(2.0, 0)], [(0.5, 0)]]),
            trial("b", "a", "foreign", [[(2.0, 0)], [(0.1, 0)], [(0.1, 0)], [(0.1, 0)]]),
            trial("c", "a", "foreign", [[(0.1, 0)]], same_language=False),
            trial("a", "b", "foreign", [[(2.0, 0)], [(0.1, 0)]], same_language=False),
        ],
    ).accepted(0.5)
    assert found._asdict() == {
        "false_rejects": 0.25,
        "here": 0.125,
        "elsewhere": 0.5,
        "same_language": 0.25,
        "removed": 0.5,
    }
    assert found.rates == Rates(0.25, 0.3125)


def test_what_was_not_measured_has_no_figure() -> None:
    found = LeftOut("a", EVEN, [trial("a", "a", "own", [[(2.0, 1)]])]).accepted(0.5)
    assert found.false_rejects == 0
    assert isnan(found.same_language)


def test_own_and_others_questions_count_alike_in_every_corpus() -> None:
    found = sample(
        [
            trial("a", "a", "own", [[(1.0, 1), (0.5, 0)], [(0.9, 1), (0.4, 0)]]),
            trial("b", "a", "foreign", [[(0.3, 0)]]),
            trial("c", "a", "foreign", [[(0.2, 0), (0.1, 0)]]),
            trial("a", "a", "removed", [[(0.6, 0)]]),
            trial("a", "a", "own", [[(1.1, 1)]], part="half"),
        ]
    )
    assert found.counts.tolist() == [0.25] * 4 + [0.5, 0.25, 0.25, 1]
    assert found.answers.tolist() == [1, 0, 1, 0, 0, 0, 0, 1]
    assert found.passages.tolist() == [100] * 8


def trials(good: float) -> list[Trial]:
    """Two collections; answers score about `good` and everything else about a third of it."""
    found: list[Trial] = []
    for name, other in (("a-en", "b-en"), ("b-en", "a-en")):
        own = [[(good * (0.8 + n / 50), 1.0), (good * (0.3 + n / 100), 0.0)] for n in range(20)]
        foreign = [[(good * (0.2 + n / 100), 0.0)] for n in range(20)]
        found += [
            trial(name, name, "own", own),
            trial(name, name, "own", own[:5], part="a quarter"),
            trial(name, name, "removed", [hits[1:] for hits in own]),
            trial(other, name, "foreign", foreign),
        ]
    return found


def test_a_threshold_parts_what_scores_part() -> None:
    found = assess(trials(1.0), SIZE)
    assert found.calibration.threshold in THRESHOLDS
    assert (found.calibration.false_accepts, found.calibration.false_rejects) == (0, 0)
    assert [each.name for each in found.left_out] == ["a-en", "b-en"]
    relevance = found.calibration.relevance(floats(0.4, 0.8), 100)
    assert relevance[0] < found.calibration.threshold < relevance[1]


def test_a_family_left_out_is_not_seen() -> None:
    seen = assess(trials(1.0), SIZE)
    # Something else happens in one family: what is said of it must not change for that.
    odd = [
        trial("a-de", "a-de", "own", [[(0.1 + n / 100, 1.0)] for n in range(20)]),
        *(found for found in trials(1.0)),
    ]
    unseen = assess(odd, SIZE)
    of = {each.name: each.calibration for each in unseen.left_out}
    assert of["a-en"] == of["a-de"] == seen.left_out[0].calibration
    assert of["b-en"] != seen.left_out[1].calibration


def test_predictions_are_of_the_left_out_articles_and_whole() -> None:
    found = assess(trials(1.0), SIZE)
    first = found.left_out[0].predictions()
    # Twenty own queries with two hits, twenty others' with one; the parts and removals aside.
    assert len(first.probabilities) == 60
    assert first.counts.sum() == pytest.approx(2)
    assert len(found.pooled().probabilities) == 120
    expected = found.left_out[0].calibration.relevance(floats(0.8), 100)
    assert first.probabilities[0] == pytest.approx(expected[0])
