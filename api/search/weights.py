"""Weights: what fitting found, kept in `weights.json` beside this file.

`dateline fit` writes such a file (docs/ranking.md); DATELINE_WEIGHTS names another one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.search.fusion import layered
from api.search.pool import Pool
from api.search.query import Mode
from indexer.engines.base import Scores
from indexer.errors import DatelineError

PACKAGED = Path(__file__).with_name("weights.json")
FORMAT_VERSION = 1

SIGNALS: Mapping[Mode, tuple[str, ...]] = {
    "hybrid": ("cosine", "mean_cosine", "coverage", "lexical", "within"),
    "dense": ("cosine",),
    "lexical": ("coverage", "lexical", "within"),
}
"""What there is to judge by in each mode."""

# Scores below have no logarithm worth having; their relevance is nought all the same.
LEAST_SCORE = 0.05
# Sizes of index, in passages, that the calibration was fitted on.
SIZES = (50, 25_000)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of relevance, and the threshold that tells an answer from none.

    The more passages there are, the better the best of a hopeless lot looks: `size` is what each
    e-fold of them takes from the odds. `false_accepts` and `false_rejects` are the shares of
    questions expected to be answered or refused wrongly at the threshold, measured on collections
    left out of the fit.
    """

    intercept: float
    slope: float
    size: float
    threshold: float
    false_accepts: float
    false_rejects: float

    def relevance(self, scores: Scores, passages: int) -> Scores:
        """The probability that each candidate answers, float32[n], in an index of that size.

        1 / (1 + exp(−(intercept + slope · ln score − size · ln passages))).
        """
        size = np.log(np.clip(passages, *SIZES))
        logit = self.intercept + self.slope * np.log(np.maximum(scores, LEAST_SCORE))
        probability: Scores = (1 / (1 + np.exp(self.size * size - logit))).astype(np.float32)
        return probability


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the layered score, and calibrations for one model by mode."""

    version: str
    model: str
    """Fingerprint of the model that relevance was calibrated with."""
    layered: Mapping[str, float]
    calibrations: Mapping[Mode, Calibration]

    def relevance(self, pool: Pool, mode: Mode, passages: int) -> Scores:
        """The probability that each candidate answers, by what a mode has to judge by."""
        known = {name: self.layered[name] for name in SIGNALS[mode] if name in self.layered}
        return self.calibrations[mode].relevance(layered(pool, known), passages)

    @property
    def digest(self) -> str:
        """Eight hex digits of all that is in here, whatever the version is called."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """The weights as indented JSON."""
        written = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(written, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, path: Path = PACKAGED) -> Weights:
        """Read what `to_json` wrote; raises DatelineError when it cannot be used."""
        try:
            return _checked(_weights(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError) as error:
            reason = str(error)
        except (TypeError, KeyError, AttributeError):
            reason = "it is not what `dateline fit` writes"
        raise DatelineError(
            f"The weights in {path} cannot be used ({reason}): write them anew with "
            "`dateline fit`, or leave DATELINE_WEIGHTS out."
        )


def _weights(raw: dict[str, Any]) -> Weights:
    if raw["format_version"] != FORMAT_VERSION:
        raise ValueError(f"format {raw['format_version']}, not {FORMAT_VERSION}")
    calibrations = {mode: Calibration(**raw["calibrations"][mode]) for mode in SIGNALS}
    return Weights(str(raw["version"]), str(raw["model"]), dict(raw["layered"]), calibrations)


def _checked(weights: Weights) -> Weights:
    """The weights as they are; raises ValueError for figures that nothing could be ranked with."""
    if unknown := weights.layered.keys() - set(SIGNALS["hybrid"]):
        raise ValueError(f"there is no signal {min(unknown)!r}")
    figures = {f"layered.{name}": value for name, value in weights.layered.items()}
    for mode, calibration in weights.calibrations.items():
        figures |= {f"{mode}.{name}": value for name, value in asdict(calibration).items()}
        if not 0 <= calibration.threshold <= 1:
            raise ValueError(f"{mode} needs a threshold from 0 to 1")
    for name, value in figures.items():
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} is no number")
    return weights
