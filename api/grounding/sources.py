"""What is cited, cut into sentences, and which of them are nearest to a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date
from functools import cached_property

import numpy as np

from api.grounding.coverage import Texts, stems
from api.grounding.pieces import in_pieces
from api.grounding.verdict import Cited, Evidence
from indexer.documents import Article, Span
from indexer.engines.base import Snapshot
from indexer.sentence_vectors import from_signs
from indexer.sentences import sentences
from indexer.vectors import Vectors

# Sentences looked at closely: the best of them is chosen when their meaning is known exactly.
CHOSEN = 3
_REPORTING = stems("according reported reports berichtet laut zufolge selon")


@dataclass(frozen=True)
class Source:
    """A cited stretch of an article: its sentences, and about what they mean, float32[n, d].

    A row is zero where the meaning is not known.
    """

    cited: Cited
    spans: tuple[Span, ...]
    vectors: Vectors

    @property
    def article(self) -> Article:
        """The article it is a stretch of."""
        return self.cited.article

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """What each sentence is compared by."""
        return [stems(span.of(self.article.text)) for span in self.spans]

    @cached_property
    def texts(self) -> Texts:
        """The sentences by their stems."""
        return Texts(self.stems)

    @cached_property
    def all_stems(self) -> frozenset[str]:
        """What the whole stretch and its headline are compared by."""
        return frozenset().union(stems(self.article.title), *self.stems)

    @cached_property
    def attribution(self) -> frozenset[str]:
        """The words that only say who reports it."""
        return stems(self.article.source or "") | _REPORTING

    @cached_property
    def whole(self) -> str:
        """All that is known of the article, as one text."""
        article = self.article
        head = (article.title, article.dateline, article.source, article.section)
        return "\n".join(filter(None, [*head, *article.authors, article.text]))

    @property
    def published(self) -> tuple[date, ...]:
        """The days it may have appeared on: where it was written, and by UTC."""
        at = self.article.published_at
        # The calendar ends there, and the day before or after is asked for.
        if at is None or not MINYEAR < at.year < MAXYEAR:
            return ()
        return tuple({at.date(), at.astimezone(UTC).date()})

    def evidence(self, place: int) -> Evidence:
        """The sentence at `place`, as evidence."""
        return Evidence(self.article, self.spans[place], self.cited.n)

    def sentence(self, place: int) -> str:
        """The sentence at `place`."""
        return self.spans[place].of(self.article.text)

    def nearest(self, claimed: frozenset[str], vector: Vectors) -> list[tuple[float, int]]:
        """The sentences nearest to a claim by words and about by meaning, best first.

        Each as what both come to, and its place.
        """
        scores = self.texts.shares(claimed) + self.vectors @ vector
        best = np.argsort(-scores, kind="stable")[:CHOSEN]
        return [(float(scores[place]), int(place)) for place in best]


def source_of(cited: Cited, snapshot: Snapshot) -> Source:
    """The sentences of what is cited; what they mean is known where the index holds them."""
    article = cited.article
    spans = [
        Span(max(each.start, cited.span.start), min(each.end, cited.span.end))
        for each in in_pieces(article.text, sentences(article.text, article.language))
        if each.start < cited.span.end and cited.span.start < each.end
    ]
    return Source(cited, tuple(spans), _meanings(article, spans, snapshot))


def _meanings(article: Article, spans: Sequence[Span], snapshot: Snapshot) -> Vectors:
    dimension = snapshot.manifest.model.dimension
    known: dict[int, Vectors] = {}
    if snapshot.article(article.id) == article:
        for located in snapshot.locate(snapshot.passages(article.id)):
            own = located.sentences
            if own.spans:
                starts = (located.passage.start + span.start for span in own.spans)
                known |= zip(starts, from_signs(own.signs, dimension), strict=True)
    nothing = np.zeros(dimension, np.float32)
    rows = [known.get(span.start, nothing) for span in spans]
    return np.array(rows, np.float32).reshape(-1, dimension)
