"""An answer as it is written: the text so far, and which part of it rests on which passage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from api.answers.answer import AnswerDelta, Citation
from api.answers.extractive import Quote
from api.answers.markers import Marker, Part
from api.grounding.numbered import Numbered
from indexer.documents import Span
from indexer.sentences import sentences


class Writing:
    """Takes parts of an answer and tells of each what a reader is to be shown.

    `backing` finds the span of an article that backs a claim.
    """

    def __init__(
        self, numbered: Sequence[Numbered], backing: Callable[[str, Numbered], Span]
    ) -> None:
        self.text = ""
        self.citations: list[Citation] = []
        self._numbered = {stretch.n: stretch for stretch in numbered}
        self._backing = backing
        # Where the latest marker ends, and what it was that rested on it.
        self._since = 0
        self._claim = Span(0, 0)

    def add(self, parts: Iterable[Part]) -> Iterator[AnswerDelta | Citation]:
        """Write on; the text that comes of it, then its citations."""
        start, first = len(self.text), len(self.citations)
        for part in parts:
            if isinstance(part, Marker):
                self._cite(part)
            else:
                self.text += part
        if len(self.text) > start:
            yield AnswerDelta(self.text[start:], Span(start, len(self.text)))
        yield from self.citations[first:]

    def quote(self, quote: Quote) -> Iterator[AnswerDelta | Citation]:
        """Write down a sentence of an article, word for word, with its marker."""
        start = len(self.text)
        self.text += " " if start else ""
        claim = Span(len(self.text), len(self.text) + len(quote.text))
        self.text += f"{quote.text} "
        self._mark(quote.stretch, claim, quote.span)
        yield AnswerDelta(self.text[start:], Span(start, len(self.text)))
        yield self.citations[-1]

    def _cite(self, marker: Marker) -> None:
        self._claim = self._claimed()
        stretch = self._numbered[marker.n]
        self._mark(stretch, self._claim, self._backing(self._claim.of(self.text), stretch))

    def _mark(self, stretch: Numbered, claim: Span, backed_by: Span) -> None:
        start = len(self.text)
        self.text += str(Marker(stretch.n))
        self._since = len(self.text)
        self.citations.append(
            Citation(
                n=stretch.n,
                claim=claim,
                marker=Span(start, self._since),
                passage_id=_passage_at(stretch, backed_by),
                article=stretch.article,
                span=backed_by,
            )
        )

    def _claimed(self) -> Span:
        """The sentence, or what of it follows the latest marker, that a marker here stands for.

        Markers side by side, or with no more than a full stop between, stand for the same.
        """
        written = self.text[self._since :]
        told = [span for span in sentences(written) if any(map(str.isalnum, span.of(written)))]
        if not told:
            return self._claim
        return Span(self._since + told[-1].start, self._since + told[-1].end)


def _passage_at(stretch: Numbered, span: Span) -> str:
    """The id of the passage of a stretch that a span of the article begins in."""
    covering = (p.id for p in stretch.passages if p.start <= span.start < p.end)
    return next(covering, stretch.passages[0].id)
