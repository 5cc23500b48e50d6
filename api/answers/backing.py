"""The sentence of a numbered stretch that best backs what an answer says."""

from __future__ import annotations

import numpy as np

from api.answers.located import located
from api.grounding.numbered import Numbered
from api.search.generations import Generation
from api.search.highlights import highlights
from indexer.documents import Passage, Span
from indexer.sentence_vectors import Sentences, within
from indexer.sentences import sentences


class Backing:
    """Finds backing sentences by words and by meaning, as highlights are found for a question."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def __call__(self, claim: str, numbered: Numbered) -> Span:
        """The span of the article's text; the whole stretch where it holds no sentence."""
        known = self._known(numbered)
        vector = None
        if known.spans and claim:
            [meaning] = self._generation.meanings([claim])
            vector = meaning()
        else:
            known = _split(numbered)
        stretch = Passage(
            "", numbered.article.id, numbered.text, numbered.span.start, numbered.span.end
        )
        [found] = highlights(claim, vector, [stretch], [known])
        return found[0] if found else numbered.span

    def _known(self, numbered: Numbered) -> Sentences:
        """The sentences the index keeps of the stretch, each once, counted from its start."""
        start, length = numbered.span.start, len(numbered.text)
        rows = {}
        for found in located(self._generation, numbered.passages):
            shift = found.passage.start - start
            for span, signs in zip(found.sentences.spans, found.sentences.signs, strict=True):
                moved = Span(shift + span.start, shift + span.end)
                # A stretch may be less than its passages, where there was no room for all of them.
                if moved.start >= 0 and moved.end <= length:
                    rows[moved] = signs
        return Sentences(tuple(rows), np.array(list(rows.values()), np.uint8))


def _split(numbered: Numbered) -> Sentences:
    """The sentences of a stretch of which the index keeps none; what they mean is not known."""
    found = within(sentences(numbered.article.text, numbered.article.language), numbered.span)
    return Sentences(tuple(found), np.empty((len(found), 0), np.uint8))
