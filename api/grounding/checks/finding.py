"""What a check is given, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Ground:
    """What a claim is held against.

    `best` is the sentence of the evidence nearest to the claim, `whole` all that is known of the
    article: headline, source, text.
    `published` are the days on which it may have appeared, for lack of a time zone up to two.
    """

    best: str
    whole: str
    published: tuple[date, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What of a claim does not hold, in words; `conflicts` when the evidence says otherwise.

    Without that, the evidence only does not say it.
    """

    problem: str
    conflicts: bool = False
