"""Answers without a model: sentences of the passages, word for word.

What the numbers below are worth is in docs/answers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import regex

from api.answers.located import located
from api.grounding.context import Context
from api.grounding.numbered import Numbered
from api.grounding.shown import looks_marked
from api.search.generations import Generation
from api.search.highlights import sentence_scores
from api.search.query import Hit
from indexer.documents import Span
from indexer.sentence_vectors import Sentences, Signs

MOST_SENTENCES = 4
MOST_HITS = 10
# Below these shares of the best, a hit by its relevance or a sentence by its score adds noise.
HIT_SHARE = 0.5
SENTENCE_SHARE = 0.6
# Two sentences with more of their words in common than this say the same.
ALIKE = 0.6

_WORD = regex.compile(r"\w+")
_QUOTES = frozenset('"“”„«»「」『』')


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a numbered stretch, as a span of its article's text."""

    stretch: Numbered
    span: Span

    @property
    def text(self) -> str:
        """The sentence, word for word."""
        return self.span.of(self.stretch.article.text)


def best_sentences(context: Context, question: str, generation: Generation) -> list[Quote]:
    """The sentences that answer a question in plain words, none nearly like another.

    The best one comes first; the others by stretch, those of one in reading order. Where no
    sentence is known, it is the first stretch of the context. What looks like one of our markers
    would be attributed to the passage of that number, so what holds one is never among them.
    """
    chosen: list[Quote] = []
    for quote in _ranked(context, question, generation):
        if len(chosen) < MOST_SENTENCES and not any(_alike(quote, other) for other in chosen):
            chosen.append(quote)
    numbers = list(dict.fromkeys(quote.stretch.n for quote in chosen))
    others = sorted(
        chosen[1:], key=lambda quote: (numbers.index(quote.stretch.n), quote.span.start)
    )
    return [*chosen[:1], *others] or _first_stretch(context)


def _first_stretch(context: Context) -> list[Quote]:
    first = context.numbered[0]
    return [] if looks_marked(first.text) else [Quote(first, first.span)]


def _ranked(context: Context, question: str, generation: Generation) -> list[Quote]:
    """Sentences of the good hits, the best one and those nearly as good, best first."""
    candidates = [
        candidate
        for candidate in _candidates(context, generation)
        if not looks_marked(candidate.quote.text)
    ]
    alone = [candidate for candidate in candidates if _stands_alone(candidate.quote.text)]
    candidates = alone or candidates
    scores = _scores(candidates, question, generation)
    least = SENTENCE_SHARE * max(scores, default=0.0)
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    return [candidates[place].quote for place in order if scores[place] >= least]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence, what it means in signs, and the relevance of its hit."""

    quote: Quote
    signs: Signs
    relevance: float


def _candidates(context: Context, generation: Generation) -> Iterator[_Candidate]:
    """The sentences of the good hits, as far as the context shows them."""
    hits = context.ranking.hits[:MOST_HITS]
    best = max((hit.relevance or 0.0 for hit in hits), default=0.0)
    good = [hit for hit in hits if (hit.relevance or 0.0) >= HIT_SHARE * best]
    for hit, found in zip(good, located(generation, [hit.passage for hit in good]), strict=True):
        for span, signs in zip(found.sentences.spans, found.sentences.signs, strict=True):
            start = found.passage.start
            quote = _shown(context, hit, Span(start + span.start, start + span.end))
            if quote:
                # Where nobody has calibrated relevance, all hits count alike.
                yield _Candidate(quote, signs, 1.0 if hit.relevance is None else hit.relevance)


def _shown(context: Context, hit: Hit, span: Span) -> Quote | None:
    """The sentence under the number by which the context shows it, if it does."""
    for stretch in context.numbered:
        covered = stretch.span.start <= span.start and span.end <= stretch.span.end
        if stretch.article.id == hit.article.id and covered:
            return Quote(stretch, span)
    return None


def _scores(candidates: Sequence[_Candidate], question: str, generation: Generation) -> list[float]:
    """How well each sentence answers among all of them, times the relevance of its hit."""
    if not candidates:
        return []
    texts = [candidate.quote.text for candidate in candidates]
    ends = list(accumulate(len(text) for text in texts))
    spans = tuple(Span(end - len(text), end) for text, end in zip(texts, ends, strict=True))
    signs = np.array([candidate.signs for candidate in candidates], np.uint8)
    [meaning] = generation.meanings([question])
    # As the sentences of one text, so that their scores can be compared.
    [scores] = sentence_scores(question, meaning(), ["".join(texts)], [Sentences(spans, signs)])
    return [score * found.relevance for score, found in zip(scores, candidates, strict=True)]


def _stands_alone(sentence: str) -> bool:
    """Whether it is no piece of somebody's words, which does not say whose they are."""
    return sum(map(_QUOTES.__contains__, sentence)) % 2 == 0


def _alike(one: Quote, other: Quote) -> bool:
    words, others = (set(_WORD.findall(quote.text.casefold())) for quote in (one, other))
    return len(words & others) > ALIKE * min(len(words), len(others))
