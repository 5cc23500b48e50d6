"""What can be checked of a claim without a model: quotations, numbers, dates, names, negations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.grounding.checks import dates, names, negation, numbers, quotes, swaps
from api.grounding.checks.alignment import changes
from api.grounding.checks.days import days
from api.grounding.checks.finding import Finding, Ground

__all__ = ["Finding", "Ground", "findings"]


def findings(claim: str, quoted: Sequence[str], ground: Ground) -> tuple[Finding, ...]:
    """What of a claim does not hold against its ground, each in words, and each once.

    `quoted` are the parts of the claim in quotation marks, which may have begun a sentence before.
    """
    return tuple(dict.fromkeys(_findings(claim, quoted, ground)))


def _findings(claim: str, quoted: Sequence[str], ground: Ground) -> Iterator[Finding]:
    said = days(claim)
    yield from quotes.check(quoted, ground)
    yield from numbers.check(claim, [day.span for day in said], ground)
    yield from dates.check(said, claim, ground)
    yield from names.check(claim, ground)
    changed = changes(claim, ground.best)
    yield from swaps.check(changed, claim, ground)
    yield from negation.check(changed)
