"""Recency: newer articles first, when that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from indexer.engines.base import Scores
from indexer.engines.manifest import Manifest

# The most that age can take from a score: an old answer stays an answer.
SHARE = 0.3

_DAY = timedelta(days=1)
# In small letters, or at the beginning: "USA Today" and "Heute-Show" ask for nothing.
_ASKED = [
    (re.compile(rf"(?<![\w-])(?:{words})(?![\w-])|^\s*(?i:{words})(?![\w-])"), half_life)
    for words, half_life in (
        (r"today|tonight|breaking news|right now|heute|soeben|aujourd'hui", _DAY),
        (r"yesterday|gestern", 2 * _DAY),
        (r"this week|dieser? [wW]oche|cette semaine", 4 * _DAY),
        (
            r"(?:the )?(?:latest|newest|most recent|recent)(?: news)?"
            r"|(?:neue?ste|jüngste)[nrs]?(?: Nachrichten)?|dernières nouvelles",
            7 * _DAY,
        ),
        (r"this month|diese[nm] [mM]onat|ce mois", 15 * _DAY),
    )
]


def asked_half_life(text: str) -> timedelta | None:
    """The half-life a question itself asks for by words such as "latest" or "this week"."""
    return next((half_life for words, half_life in _ASKED if words.search(text)), None)


def without_asking(text: str) -> str:
    """What `text` asks about, without the words that only ask for the newest of it."""
    for words, _ in _ASKED:
        text = words.sub(" ", text)
    return text


def reference(manifest: Manifest) -> datetime:
    """The moment ages count from: the newest article's, so that one generation always agrees.

    An article dated more than a day after the index was built does not move it.
    """
    built = datetime.fromisoformat(manifest.created_at) + _DAY
    return min(datetime.fromisoformat(manifest.latest), built) if manifest.latest else built


def factors(published: Sequence[datetime | None], at: datetime, half_life: timedelta) -> Scores:
    """What scores are multiplied by: 1 for an article of that moment, down to 1 − SHARE.

    Half of SHARE is lost at the half-life, two thirds at twice that: 1 − SHARE · age / (age + half
    life). Unlike with an exponential, old articles still differ. An undated one counts as oldest.
    """
    ages = np.array(
        [np.inf if moment is None else max(0.0, (at - moment) / half_life) for moment in published]
    )
    factor: Scores = (1 - SHARE + SHARE / (1 + ages)).astype(np.float32)
    return factor
