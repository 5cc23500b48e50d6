"""Weights: written, read back, and turned into probabilities."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.search.weights import Calibration, Weights
from indexer.errors import DatelineError
from tests.search.harbour import WEIGHTS, pool


def test_relevance_is_logistic_in_the_logarithm_of_the_score() -> None:
    calibration = Calibration(1.0, 2.0, 0.0, 0.5, 0.0, 0.0)
    # 1 / (1 + e^-1) for a score of 1, and for e: 1 / (1 + e^-3)
    scores = np.array([1.0, math.e], np.float32)
    assert calibration.relevance(scores, 1000) == pytest.approx([0.731059, 0.952574], abs=1e-5)


def test_scores_without_a_logarithm_are_as_good_as_none() -> None:
    calibration = Calibration(0.0, 2.0, 0.0, 0.5, 0.0, 0.0)
    scores = np.array([-1.0, 0.0, 0.05], np.float32)
    # 1 / (1 + .05 ** -2)
    assert calibration.relevance(scores, 1000) == pytest.approx([1 / 401] * 3, abs=1e-6)


def test_among_more_passages_the_same_score_is_worth_less() -> None:
    calibration = Calibration(0.0, 1.0, 0.5, 0.5, 0.0, 0.0)
    one = np.ones(1, np.float32)
    # odds of 1 / sqrt(passages)
    assert calibration.relevance(one, 100) == pytest.approx([1 / 11])
    assert calibration.relevance(one, 10_000) == pytest.approx([1 / 101])


def test_nothing_is_made_of_sizes_beyond_those_measured() -> None:
    calibration = Calibration(0.0, 1.0, 0.5, 0.5, 0.0, 0.0)
    one = np.ones(1, np.float32)
    assert calibration.relevance(one, 10**6) == calibration.relevance(one, 25_000)
    assert calibration.relevance(one, 1) == calibration.relevance(one, 50)


def test_a_mode_is_judged_by_what_it_has_to_judge_by() -> None:
    found = pool(cosine=[0.5], coverage=[0.25])
    # logistic of 2 ln s: s² / (1 + s²), for s of .75, .5 and .25
    assert WEIGHTS.relevance(found, "hybrid", 100) == pytest.approx([0.36])
    assert WEIGHTS.relevance(found, "dense", 100) == pytest.approx([0.2])
    assert WEIGHTS.relevance(found, "lexical", 100) == pytest.approx([1 / 17])


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(WEIGHTS.to_json())
    assert Weights.read(path) == WEIGHTS


def test_the_packaged_weights_serve_every_mode() -> None:
    weights = Weights.read()
    assert set(weights.calibrations) == {"hybrid", "dense", "lexical"}
    assert all(0 < found.threshold < 1 for found in weights.calibrations.values())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 99}', '{"format_version": 1, "version": "x"}']
)
def test_a_file_that_is_none_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text)
    with pytest.raises(DatelineError, match="dateline fit"):
        Weights.read(path)
    with pytest.raises(DatelineError, match="cannot be used"):
        Weights.read(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"cosine": 1.0', '"cosine": "much"', "layered.cosine is no number"),
        ('"cosine": 1.0', '"cosine": NaN', "layered.cosine is no number"),
        ('"cosine": 1.0', '"luck": 1.0', "there is no signal 'luck'"),
        ('"threshold": 0.5', '"threshold": 7', "hybrid needs a threshold from 0 to 1"),
        ('"slope": 2.0', '"slope": Infinity', "hybrid.slope is no number"),
    ],
)
def test_figures_nothing_could_be_ranked_with_are_named(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = tmp_path / "weights.json"
    text = WEIGHTS.to_json()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DatelineError, match=reason):
        Weights.read(path)


def test_other_weights_of_the_same_version_have_another_digest() -> None:
    assert WEIGHTS.digest == replace(WEIGHTS).digest
    assert replace(WEIGHTS, layered={"cosine": 2.0}).digest != WEIGHTS.digest
