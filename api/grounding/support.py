"""How likely evidence says what a claim says: a logistic model over likeness and words.

`api/grounding/support.json` holds it; docs/verification.md says what it was fitted on and how.
"""

from __future__ import annotations

import json
import math
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

_MODEL = Path(__file__).with_name("support.json")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is measured between a claim and its evidence, each from 0 to 1.

    `cosine` is that of the nearest sentence; `covered` the share of the claim's words in the two
    nearest sentences, `widely` that in all that is cited.
    """

    cosine: float
    covered: float
    widely: float


@dataclass(frozen=True, slots=True)
class Support:
    """The model: a claim is supported from `threshold` on, and partly from `partial` on."""

    version: str
    intercept: float
    weights: Likeness
    threshold: float
    partial: float

    def probability(self, likeness: Likeness) -> float:
        """The estimated probability, 0 to 1, that the evidence says so."""
        parts = zip(astuple(self.weights), astuple(likeness), strict=True)
        logit = self.intercept + sum(weight * value for weight, value in parts)
        return 1 / (1 + math.exp(-logit))


@cache
def fitted() -> Support:
    """The model that comes with the package."""
    read = json.loads(_MODEL.read_text(encoding="utf-8"))
    return Support(**{**read, "weights": Likeness(**read["weights"])})
