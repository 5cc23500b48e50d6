"""Dates of a claim are those of its evidence, or follow from when the article appeared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from api.grounding.checks.days import Day, around, days
from api.grounding.checks.finding import Finding, Ground


def check(claimed: Sequence[Day], claim: str, ground: Ground) -> Iterator[Finding]:
    """A finding for each date of a claim that its evidence does not bear out.

    The nearest sentence comes first: where it has another date of that kind which the claim does
    not repeat, nothing else in the article makes up for it.
    """
    if not claimed:
        return
    best = days(ground.best)
    free = [each for each in best if not _repeated(each, claimed, ground)]
    for day in claimed:
        if any(same_day(day, each, ground) for each in best):
            continue
        rivals = [each for each in free if day.comparable(each)]
        if rivals or not _follows(day, ground):
            yield Finding(_problem(day, claim, rivals, ground.best), bool(rivals))


def _problem(day: Day, claim: str, rivals: Sequence[Day], best: str) -> str:
    said = day.span.of(claim)
    if rivals:
        return f"The date {said} is not in the source, which has {rivals[0].span.of(best)}."
    return f"The date {said} is not in the source."


def _repeated(source: Day, claimed: Sequence[Day], ground: Ground) -> bool:
    """Whether a claim has a date of the source, said in the same way where it says any so."""
    alike = [own for own in claimed if own.comparable(source)]
    return any(same_day(own, source, ground) for own in alike or claimed)


def same_day(claimed: Day, source: Day, ground: Ground) -> bool:
    """Whether both name one day, the source's seen from when its article appeared."""
    if not claimed.comparable(source):
        return any(
            claimed.covers(each) for published in ground.published
            for each in around(published, source)
        )  # fmt: skip
    if not claimed.agrees(source):
        return False
    # A year the source leaves open is that of the article, or the one beside it.
    if claimed.year and not source.year and source.month and ground.published:
        return any(abs(claimed.year - published.year) <= 1 for published in ground.published)
    return True


def _follows(day: Day, ground: Ground) -> bool:
    """Whether the rest of the article, or the days around its own, have such a date."""
    if any(same_day(day, each, ground) for each in _all_days(ground.whole)):
        return True
    return any(day.covers(each) for published in ground.published for each in _week(published))


@lru_cache(maxsize=64)
def _all_days(text: str) -> tuple[Day, ...]:
    """The dates of a text, each once."""
    return tuple({(day.year, day.month, day.day, day.weekday): day for day in days(text)}.values())


def _week(published: date) -> list[date]:
    """The day an article appeared, the one before, about which it reports most, and the next."""
    return [published + timedelta(step) for step in (-1, 0, 1)]
