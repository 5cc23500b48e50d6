"""Whether articles bear out what an answer says, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from api.grounding.claims import Claim, claims
from api.grounding.judging import Judge, Match, matched, outcome
from api.grounding.looking_up import looked_up
from api.grounding.referring import Referring
from api.grounding.sources import Source, source_of
from api.grounding.verdict import Checked, Cited
from api.search.generations import Generation
from api.search.searcher import Searcher
from indexer.vectors import Vectors

# Of many sources, as many are looked at closely for a sentence that does not name its own.
LOOKED_AT = 3


class Verifier:
    """Checks answers against articles; safe to use from several threads."""

    def __init__(self, searcher: Searcher, judge: Judge | None = None) -> None:
        """Check against the index of `searcher`, by a judge's reading where there is one."""
        self._searcher = searcher
        self._judge = judge

    def verify(
        self,
        answer: str,
        cited: Sequence[Cited] | None,
        broken: Mapping[int, str] | None = None,
    ) -> tuple[Checked, ...]:
        """What became of each sentence of `answer`, in order; raises as a search does.

        Without `cited`, evidence is looked up in the index; a citation without a number has that
        of its place, from 1. `broken` says by number what is wrong with a citation, which is then
        a problem of the sentences that refer to it.
        """
        read = claims(answer)
        generation = self._searcher.generations.newest()
        referring = Referring.of(read, cited, broken or {})
        sources = self._sources(read, referring, generation)
        texts = [claim.text for claim in read if claim.asserts]
        vectors = _vectors(generation, texts)
        matches = [_nearest(claim, own, vectors) for claim, own in zip(read, sources, strict=True)]
        near = [text for match in chain(*matches) for text in match.sentences()]
        vectors |= _vectors(generation, near)
        return tuple(
            _checked(claim, own, referring, vectors, self._judge)
            for claim, own in zip(read, matches, strict=True)
        )

    def _sources(
        self, read: Sequence[Claim], referring: Referring, generation: Generation
    ) -> list[list[Source]]:
        """What each claim is held against; nothing for what claims nothing."""
        snapshot = generation.snapshot
        if referring.cited is not None:
            known = [source_of(each, snapshot) for each in referring.cited]
            return [
                [source for source in known if source.cited.n in referring.numbers(claim)]
                for claim in read
            ]
        found = iter(looked_up(self._searcher, [each.text for each in read if each.asserts]))
        cited = [next(found) if claim.asserts else [] for claim in read]
        # Many claims are held against one article, and it may be long.
        distinct = {each.article.id: each for own in cited for each in own}
        sources = {id_: source_of(each, snapshot) for id_, each in distinct.items()}
        return [[sources[each.article.id] for each in own] for own in cited]


def _nearest(
    claim: Claim, sources: Iterable[Source], vectors: Mapping[str, Vectors]
) -> list[Match]:
    """The claim beside the sources nearest to it, best first."""
    found = [matched(claim, source, vectors[claim.text]) for source in sources]
    kept = [match for match in found if match]
    return sorted(kept, key=lambda match: -match.score)[:LOOKED_AT]


def _checked(
    claim: Claim,
    matches: Sequence[Match],
    referring: Referring,
    vectors: Mapping[str, Vectors],
    judge: Judge | None,
) -> Checked:
    problems = referring.problems(claim)
    if not claim.asserts:
        return Checked(claim.span, "supported", problems=problems)
    outcomes = (outcome(match, vectors, judge) for match in matches)
    best = max(outcomes, key=lambda each: each.rank, default=None)
    if referring.uncited(claim):
        return Checked(claim.span, "uncited", None, best.evidence if best else (), problems)
    if best is None:
        return Checked(claim.span, "unsupported", 0.0, (), problems)
    return Checked(
        claim.span, best.verdict, best.support, best.evidence, (*problems, *best.problems)
    )


def _vectors(generation: Generation, texts: Iterable[str]) -> dict[str, Vectors]:
    """The vectors of texts, encoded in one batch."""
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, generation.vectors.of_sentences(distinct), strict=True))
