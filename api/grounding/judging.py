"""A claim held against one source: what is nearest to it there, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.grounding.checks import Finding, Ground, findings
from api.grounding.claims import Claim
from api.grounding.coverage import share, stems
from api.grounding.sources import Source
from api.grounding.support import Likeness, fitted
from api.grounding.verdict import Evidence, Verdict
from indexer.vectors import Vectors

# The second sentence is shown when it is nearly as near, as in the highlights of hits.
SECOND = 0.75
_OPPOSED_FROM = 0.5
OPPOSED = Finding("The model that judges says that the source says otherwise.", conflicts=True)
_BETTER: tuple[Verdict, ...] = ("unsupported", "contradicted", "partial", "supported")


class Judge(Protocol):
    """A model that reads evidence and claim together."""

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> Vectors:
        """That the first of a pair says the second, neither that nor its opposite, or that.

        float32[n, 3]: entailment, neutrality, contradiction.
        """


@dataclass(frozen=True, slots=True)
class Match:
    """A claim and the sentences of a source nearest to it, by their places, best first.

    `score` is how near the best of them is, about.
    """

    claim: Claim
    source: Source
    places: tuple[int, ...]
    score: float

    def sentences(self) -> list[str]:
        """The sentences, best first."""
        return [self.source.sentence(place) for place in self.places]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The one or two sentences that say it most nearly, best first, and how like it they are."""

    places: tuple[int, ...]
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a claim comes to against one source."""

    verdict: Verdict
    support: float
    evidence: tuple[Evidence, ...]
    problems: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, float]:
        """Orders outcomes: the one that says most for the claim is the greatest."""
        return _BETTER.index(self.verdict), self.support


def matched(claim: Claim, source: Source, vector: Vectors) -> Match | None:
    """The sentences of a source nearest to a claim; None where it has none."""
    nearest = source.nearest(stems(claim.text) - source.attribution, vector)
    if not nearest:
        return None
    return Match(claim, source, tuple(place for _, place in nearest), nearest[0][0])


def compared(match: Match, vectors: Mapping[str, Vectors]) -> Comparison:
    """The sentences of a match in order, now that their meaning is known exactly.

    `vectors` has those of the claim and of the sentences.
    """
    source, text = match.source, match.claim.text
    claimed, vector = stems(text) - source.attribution, vectors[text]
    cosines = {p: float(vectors[source.sentence(p)] @ vector) for p in match.places}
    scores = {p: cosine + share(claimed, source.stems[p]) for p, cosine in cosines.items()}
    order = sorted(match.places, key=lambda place: -scores[place])
    shown = [p for p in order[:2] if p == order[0] or scores[p] > SECOND * scores[order[0]]]
    likeness = Likeness(
        cosine=max(cosines.values()),
        covered=share(claimed, *(source.stems[place] for place in order[:2])),
        widely=share(claimed, source.all_stems),
    )
    return Comparison(tuple(shown), likeness)


def outcome(match: Match, vectors: Mapping[str, Vectors], judge: Judge | None) -> Outcome:
    """What a match comes to; `vectors` has those of the claim and of the sentences it names.

    A judge takes the place of likeness.
    """
    claim, source = match.claim, match.source
    comparison = compared(match, vectors)
    found = findings(claim.text, claim.quoted, _ground(source, comparison.places[0]))
    if judge is None:
        support = fitted().probability(comparison.likeness)
    else:
        told = " ".join(source.sentence(place) for place in sorted(comparison.places))
        [(support, _, against)] = judge.probabilities([(told, claim.text)]).tolist()
        found = (*found, OPPOSED) if against > _OPPOSED_FROM else found
    return Outcome(
        verdict=verdict_of(support, found),
        support=support,
        evidence=tuple(source.evidence(place) for place in comparison.places),
        problems=tuple(each.problem for each in found),
    )


def verdict_of(support: float, found: Sequence[Finding]) -> Verdict:
    """What the probability of support and the findings of the checks come to together."""
    model = fitted()
    # The judge has read both, so that what it says against a claim stands by itself.
    if OPPOSED in found:
        return "contradicted"
    if support < (model.threshold if found else model.partial):
        return "unsupported"
    if any(finding.conflicts for finding in found):
        return "contradicted"
    return "partial" if found or support < model.threshold else "supported"


def _ground(source: Source, place: int) -> Ground:
    return Ground(
        best=source.sentence(place),
        whole=source.whole,
        published=source.published,
        language=source.article.language,
    )
