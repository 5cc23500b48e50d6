"""A sentence repeated with a no put in or left out, or a word turned into its opposite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.grounding.checks.alignment import Change
from api.grounding.checks.finding import Finding
from api.grounding.checks.words import Token, listed

NEGATIONS = listed(
    """not no never none nobody nothing neither nor without cannot
    nicht kein keine keinen keiner keinem nie niemals niemand nichts ohne weder
    ne pas jamais aucun aucune rien personne sans ni"""
)
_SHORT = 2
_OPPOSITES = [
    tuple(map(str.split, pair.split("|")))
    for pair in (
        "rose risen rise rises rising climbed grew gained|fell fallen fall falls falling dropped",
        "increase increased increases|decrease decreased decreases",
        "up|down",
        "more|less fewer",
        "higher highest|lower lowest",
        "won win wins|lost lose loses",
        "accepted accept accepts approved|rejected reject rejects refused",
        "confirmed confirms|denied denies",
        "before|after",
        "above|below",
        "first|last",
        "opened open opens|closed close closes shut",
        "began begin begins started|ended end ends stopped",
        "allowed allow allows|banned ban bans forbade",
        "supported support supports|opposed oppose opposes",
        "raised raise raises|cut cuts lowered",
        "stieg steigt gestiegen|sank sinkt gesunken fiel",
        "mehr|weniger",
        "vor|nach",
        "über|unter",
        "hausse|baisse",
        "plus|moins",
        "avant|après",
    )
]


def check(changed: Sequence[Change]) -> Iterator[Finding]:
    """A finding for each change that turns what the nearest sentence says."""
    for change in changed:
        # Where more goes or comes, a clause does, with whatever it denies.
        short = len(change.source) <= _SHORT and len(change.claim) <= _SHORT
        if short and _negations(change.source) != _negations(change.claim):
            yield Finding("The source says the opposite: a negation was put in or left out.", True)
        for one, other in _turned(change):
            yield Finding(f"Where the source has “{one.text}”, this has “{other.text}”.", True)


def _negations(words: Sequence[Token]) -> bool:
    return any(word.folded in NEGATIONS or _is_short_not(word) for word in words)


def _turned(change: Change) -> Iterator[tuple[Token, Token]]:
    for one in change.source:
        for other in change.claim:
            if any(_opposed(one.folded, other.folded, *pair) for pair in _OPPOSITES):
                yield one, other


def _opposed(one: str, other: str, left: Sequence[str], right: Sequence[str]) -> bool:
    return (one in left and other in right) or (one in right and other in left)


def _is_short_not(word: Token) -> bool:
    return word.text.casefold().endswith(("n't", "n’t"))
