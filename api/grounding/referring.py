"""Which citations the sentences of an answer refer to, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.grounding.claims import Claim
from api.grounding.verdict import Cited


@dataclass(frozen=True, slots=True)
class Referring:
    """The citations an answer came with, None for none at all, and whether it names them.

    `broken` says by number what is wrong with a citation, be it among `cited` or not.
    """

    cited: tuple[Cited, ...] | None
    broken: Mapping[int, str]
    marked: bool

    @classmethod
    def of(
        cls, read: Sequence[Claim], cited: Sequence[Cited] | None, broken: Mapping[int, str]
    ) -> Referring:
        """As the sentences refer; a citation without a number has that of its place, from 1."""
        marked = any(claim.numbers for claim in read)
        if cited is None:
            return cls(None, broken, marked)
        numbered = (replace(each, n=each.n or place) for place, each in enumerate(cited, 1))
        return cls(tuple(numbered), broken, marked)

    def numbers(self, claim: Claim) -> frozenset[int]:
        """The citations a claim is held against: those it names, or else all that there are."""
        known = frozenset(each.n for each in self.cited or () if each.n is not None)
        if not claim.asserts:
            return frozenset()
        return known if self.uncited(claim) or not self.marked else known & set(claim.numbers)

    def uncited(self, claim: Claim) -> bool:
        """Whether a claim ought to name a citation and names none that there is."""
        if self.cited is None:
            return False
        known = {each.n for each in self.cited} | self.broken.keys()
        return known.isdisjoint(claim.numbers) if self.marked else not known

    def problems(self, claim: Claim) -> tuple[str, ...]:
        """What is wrong with the citations a sentence refers to."""
        known = {each.n for each in self.cited or ()} | self.broken.keys()
        unknown = [n for n in claim.numbers if n not in known]
        referred = claim.numbers if self.marked else tuple(self.broken) if claim.asserts else ()
        return (
            *(f"There is no citation with the number {n}." for n in unknown),
            *(self.broken[n] for n in referred if n in self.broken),
        )
