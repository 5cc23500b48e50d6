"""Answerability: how often a question is answered or refused wrongly, on collections left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import nan
from statistics import fmean
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.search.calibration import (
    THRESHOLDS,
    Floats,
    Predictions,
    Rates,
    Sample,
    best_threshold,
    fit_logistic,
)
from api.search.weights import Calibration
from indexer.engines.base import Scores

Kind = Literal["own", "foreign", "removed"]
"""Whether there is an answer: own queries have one, until the relevant articles are removed."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The queries of one collection put to the articles of one, or to a part of them.

    `scores` are those of the best articles of every query, `answers` is 1 for those that answer it
    and `first` tells which is the best of its query; a query that finds nothing has none.
    """

    asking: str
    corpus: str
    part: str
    """Empty for the whole."""
    kind: Kind
    same_language: bool
    passages: int
    queries: int
    scores: Scores
    answers: Floats
    first: NDArray[np.bool_]

    @property
    def families(self) -> tuple[str, str]:
        """The families of the queries and of the articles."""
        return family(self.asking), family(self.corpus)

    def accepted(self, calibration: Calibration, threshold: float) -> float:
        """The share of the queries whose best hit reaches the threshold."""
        best = calibration.relevance(self.scores[self.first], self.passages)
        return float(np.count_nonzero(best >= threshold)) / self.queries


class Accepted(NamedTuple):
    """Shares of queries accepted that have no answer, and of those refused that have one.

    Others' queries put to a collection's articles (`here`), its queries put to others' articles
    (`elsewhere`), both where the languages are the same, its queries put to its articles without
    those that answer. NaN where there is no such trial.
    """

    false_rejects: float
    here: float
    elsewhere: float
    same_language: float
    removed: float

    @property
    def rates(self) -> Rates:
        """Both kinds of error, others' queries and its own counting alike."""
        return Rates(self.false_rejects, (self.here + self.elsewhere) / 2)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A collection, and a calibration that has seen nothing of its family.

    `trials` are those with its queries or to its articles, none of them to a part.
    """

    name: str
    calibration: Calibration
    trials: Sequence[Trial]

    def accepted(self, threshold: float) -> Accepted:
        """What is accepted and refused at the threshold."""

        def share(asked: Callable[[Trial], bool]) -> float:
            shares = [
                trial.accepted(self.calibration, threshold) for trial in self.trials if asked(trial)
            ]
            return fmean(shares) if shares else nan

        return Accepted(
            false_rejects=1 - share(lambda trial: trial.kind == "own"),
            here=share(lambda trial: trial.kind == "foreign" and trial.corpus == self.name),
            elsewhere=share(lambda trial: trial.kind == "foreign" and trial.asking == self.name),
            same_language=share(lambda trial: trial.kind == "foreign" and trial.same_language),
            removed=share(lambda trial: trial.kind == "removed"),
        )

    def predictions(self) -> Predictions:
        """The relevance of every hit of own and others' queries among its articles."""
        here = [trial for trial in self.trials if trial.corpus == self.name]
        found = sample(here)
        probabilities = [
            self.calibration.relevance(trial.scores, trial.passages) for trial in _judged(here)
        ]
        return Predictions(np.concatenate(probabilities), found.answers, found.counts)


@dataclass(frozen=True, slots=True)
class Answerability:
    """A calibration fitted on everything, and what is shown by those with a family left out."""

    calibration: Calibration
    left_out: Sequence[LeftOut]

    def pooled(self) -> Predictions:
        """The predictions on all left-out collections, each counting alike."""
        each = [found.predictions() for found in self.left_out]
        return Predictions(
            np.concatenate([found.probabilities for found in each]),
            np.concatenate([found.answers for found in each]),
            np.concatenate([found.counts for found in each]),
        )


def family(name: str) -> str:
    """What a collection shares with its translations: its name up to the last hyphen."""
    return name.rpartition("-")[0] or name


def assess(trials: Sequence[Trial], size: float) -> Answerability:
    """Calibrate on every trial; choose and judge the threshold on collections left out."""
    names = list(dict.fromkeys(trial.corpus for trial in trials))
    fitted = {
        each: fit_logistic(sample([t for t in trials if each not in t.families]), size)
        for each in map(family, names)
    }
    left_out = [
        LeftOut(
            name,
            fitted[family(name)],
            [t for t in trials if not t.part and name in (t.asking, t.corpus)],
        )
        for name in names
    ]
    rates = {threshold: _mean_rates(left_out, threshold) for threshold in THRESHOLDS}
    threshold = best_threshold(rates)
    calibration = replace(
        fit_logistic(sample(trials), size), threshold=threshold, **rates[threshold]._asdict()
    )
    return Answerability(calibration, left_out)


def sample(trials: Sequence[Trial]) -> Sample:
    """The hits to learn from: of every corpus, own and others' queries count 1 each together."""
    judged = _judged(trials)
    alike = Counter((trial.corpus, trial.part, trial.kind) for trial in judged)
    hits = [len(trial.scores) for trial in judged]
    counts = [
        1 / alike[trial.corpus, trial.part, trial.kind] / max(1, len(trial.scores))
        for trial in judged
    ]
    return Sample(
        scores=np.concatenate([trial.scores for trial in judged]),
        passages=np.repeat([float(trial.passages) for trial in judged], hits),
        answers=np.concatenate([trial.answers for trial in judged]),
        counts=np.repeat(counts, hits),
    )


def _judged(trials: Sequence[Trial]) -> list[Trial]:
    """Those that serve as examples: that articles are missing is nothing one meets."""
    return [trial for trial in trials if trial.kind != "removed"]


def _mean_rates(left_out: Sequence[LeftOut], threshold: float) -> Rates:
    rates = [found.accepted(threshold).rates for found in left_out]
    return Rates(
        fmean(found.false_rejects for found in rates), fmean(found.false_accepts for found in rates)
    )
