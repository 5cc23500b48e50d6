"""A claim laid beside a sentence it nearly repeats: which words were put in place of which.

R. Ratcliff, J. Obershelp: Pattern Matching, the Gestalt Approach, 1988, as `difflib` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from api.grounding.checks.words import Token, tokens

# As much of the shorter of both has to be the same before a change of words says anything.
REPEATS = 0.6
# More words than these put in place of others are another way to say it, not another name.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Change:
    """Words of the evidence and what a claim has in their place; either may be empty."""

    source: tuple[Token, ...]
    claim: tuple[Token, ...]


def changes(claim: str, source: str) -> list[Change]:
    """What a claim changes in a sentence that it repeats otherwise; nothing where it does not."""
    before, after = tokens(source), tokens(claim)
    matcher = SequenceMatcher(
        None, [token.folded for token in before], [token.folded for token in after], autojunk=False
    )
    same = sum(block.size for block in matcher.get_matching_blocks())
    if not after or same < REPEATS * min(len(before), len(after)):
        return []
    return [
        Change(tuple(before[i1:i2]), tuple(after[j1:j2]))
        for kind, i1, i2, j1, j2 in matcher.get_opcodes()
        if kind != "equal" and i2 - i1 <= _MOST and j2 - j1 <= _MOST
    ]
