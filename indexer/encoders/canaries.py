"""Canaries: the vectors of a few fixed texts, by which one model is told from another."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from indexer.encoders.base import Encoder
from indexer.errors import IndexMismatch, ModelUnavailable
from indexer.vectors import Vectors

Canaries: TypeAlias = tuple[tuple[float, ...], ...]

# An index is refused below this; rounding between machines and runtimes stays above 0.99999.
SAME_MODEL = 0.999

# Changing one of these makes every index written before it look foreign.
CANARY_TEXTS = (
    "Ferry crews on the northern route returned to work after a two-day strike over pay.",
    "Le conseil municipal a voté jeudi la rénovation du vieux pont, fermé depuis l’été.",
    "港の拡張工事は来春に始まり、三年で終わる見通しだ。",
    # Longer than most models read, so that the place where they cut a text shows as well.
    "The river authority said the gates would stay open overnight. Farmers upstream had asked for "
    "warning before each release, and engineers promised a siren and a text message. " * 24,
)


def canary_vectors(encoder: Encoder) -> Canaries:
    """The canary texts as passages, then the first as a query, to six decimal places."""
    vectors = np.vstack(
        [encoder.encode_passages(CANARY_TEXTS), encoder.encode_queries(CANARY_TEXTS[:1])]
    )
    return tuple(tuple(round(float(value), 6) for value in vector) for vector in vectors)


def check_canaries(encoder: Encoder, fingerprint: str, canaries: Canaries) -> None:
    """Compare `encoder` with the model an index was made with, by what the canary texts give.

    Raises IndexMismatch for another model, ModelUnavailable where the very same has changed.
    """
    found = canary_vectors(encoder)
    if [len(vector) for vector in found] == [len(vector) for vector in canaries]:
        likeness = least_cosine(np.array(found, np.float32), np.array(canaries, np.float32))
        if likeness >= SAME_MODEL:
            return
    if encoder.fingerprint == fingerprint:
        raise ModelUnavailable(
            f"The model {encoder.name} no longer encodes as it did when the index was made, so "
            f"its export is damaged: delete models/{fingerprint} in the directory DATELINE_CACHE, "
            "and it is exported again."
        )
    raise IndexMismatch(
        f"The model {encoder.name} is not the one the index was made with: "
        "set DATELINE_MODEL to that model, or index the articles again with this one."
    )


def least_cosine(left: Vectors, right: Vectors) -> float:
    """The smallest cosine between unit vectors of the same row of two float32[n, d]."""
    return float(np.einsum("ij,ij->i", left, right).min())
