"""Calibration: scores become probabilities, and how far those are from what is observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from api.search.weights import LEAST_SCORE, SIZES, Calibration
from indexer.engines.base import Scores

Floats = NDArray[np.float64]

BINS = 10
# Both goals may be missed by the same factor: one question in ten refused that has an answer,
# one in twenty answered that has none.
FALSE_REJECTS, FALSE_ACCEPTS = 0.10, 0.05
THRESHOLDS = tuple(step / 100 for step in range(2, 61))


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Hits to learn from, as arrays of one length n.

    Of each hit: its score, the number of passages in its index, whether it answers (1 or 0), and
    how much it counts.
    """

    scores: Scores
    passages: Floats
    answers: Floats
    counts: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The probability that each hit answers, whether it does (1 or 0), and how much it counts."""

    probabilities: Scores
    answers: Floats
    counts: Floats

    def by_width(self) -> list[Bin]:
        """Ten bins of equal width between 0 and 1."""
        return self._binned(self.probabilities.astype(np.float64))

    def by_mass(self) -> list[Bin]:
        """Ten bins with as much in each."""
        order = np.argsort(self.probabilities, kind="stable")
        # A hit goes where its middle falls.
        middles = np.cumsum(self.counts[order]) - self.counts[order] / 2
        places = np.empty(len(order))
        places[order] = middles / self.counts.sum()
        return self._binned(places)

    def _binned(self, places: Floats) -> list[Bin]:
        """The bins that have anything in them, by places between 0 and 1."""
        bins = np.minimum((places * BINS).astype(np.int64), BINS - 1)
        mass = np.bincount(bins, self.counts, BINS)
        predicted = np.bincount(bins, self.counts * self.probabilities, BINS)
        observed = np.bincount(bins, self.counts * self.answers, BINS)
        return [
            Bin(
                share=float(mass[bin_] / mass.sum()),
                predicted=float(predicted[bin_] / mass[bin_]),
                observed=float(observed[bin_] / mass[bin_]),
            )
            for bin_ in np.flatnonzero(mass)
        ]


class Rates(NamedTuple):
    """Shares of questions refused and answered wrongly."""

    false_rejects: float
    false_accepts: float

    @property
    def excess(self) -> float:
        """The greater of the two, by what may be."""
        return max(self.false_rejects / FALSE_REJECTS, self.false_accepts / FALSE_ACCEPTS)


class Bin(NamedTuple):
    """Hits of about one relevance: their share, its mean, and the share of them that answer."""

    share: float
    predicted: float
    observed: float


def fit_logistic(sample: Sample, size: float) -> Calibration:
    """The intercept and slope of greatest likelihood, `size` being given.

    Its threshold is 0, where every question is answered. The targets are Platt's, a little inside
    0 and 1, so that there is a greatest likelihood even where a score tells all answers from the
    rest. J. Platt: Probabilistic Outputs for Support Vector Machines, 1999.
    """
    positive = sample.answers.sum()
    negative = len(sample.answers) - positive
    targets = np.where(sample.answers > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    log_scores = np.log(np.maximum(sample.scores, LEAST_SCORE))
    features = np.stack([np.ones(len(targets)), log_scores])
    given = -size * np.log(np.clip(sample.passages, *SIZES))
    counts = sample.counts / sample.counts.sum()

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        logit = coefficients @ features + given
        likelihood = counts @ (np.logaddexp(0, logit) - targets * logit)
        return float(likelihood), features @ (counts * (special.expit(logit) - targets))

    found = optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-7})
    intercept, slope = found.x
    return Calibration(
        float(intercept), float(slope), size, threshold=0.0, false_accepts=1.0, false_rejects=0.0
    )


def calibration_error(bins: Iterable[Bin]) -> float:
    """The expected calibration error: how far bins are off, each by its share.

    M. Pakdaman Naeini, G. Cooper, M. Hauskrecht: Obtaining Well Calibrated Probabilities Using
    Bayesian Binning, AAAI 2015.
    """
    return sum(found.share * abs(found.predicted - found.observed) for found in bins)


def best_threshold(rates: Mapping[float, Rates]) -> float:
    """The threshold whose greater excess is least; of equal ones the lowest."""
    return min(rates, key=lambda threshold: (rates[threshold].excess, threshold))
