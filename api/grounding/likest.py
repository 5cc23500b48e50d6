"""The stretch of an article that is most like a text: what an edit has left of it.

Every run of sentences about as long as the text is bounded by the words both have, in any order;
only those that could be best are then compared word by word, in order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from indexer.documents import Article, Span
from indexer.sentences import sentences

# What is left of a text counts as the same passage, changed, from this share of its words on.
STILL_THE_SAME = 0.5
# Fewer words of a piece of a sentence may stand together anywhere.
LEAST_WORDS = 3
# Articles are made up in which every run has the words looked for and none has them in order.
MOST_COMPARED = 64

_WORD = regex.compile(r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Thai}|[\p{L}\p{M}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """A stretch, and the share of its words and the text's that are the same, in order: 0 to 1."""

    span: Span
    share: float


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a text, and where each stands."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, text: str) -> _Words:
        found = [(match.group(), Span(*match.span())) for match in _WORD.finditer(text)]
        return cls(tuple(word for word, _ in found), tuple(span for _, span in found))


@dataclass(frozen=True, slots=True)
class _Run:
    """Some words of a text that follow each other, and the stretch they stand for."""

    words: range
    span: Span


class _Sought:
    """The words looked for, laid out so that many stretches can be compared with them."""

    def __init__(self, text: str) -> None:
        self.words = _Words.of(text).words
        self.counts = Counter(self.words)
        self._places: dict[str, int] = defaultdict(int)
        for place, word in enumerate(self.words):
            self._places[word] |= 1 << place

    def in_order(self, words: Sequence[str]) -> int:
        """Length of the longest common subsequence.

        Bit-parallel: H. Hyyrö, Bit-parallel LCS-length computation revisited, 2004.
        """
        every = (1 << len(self.words)) - 1
        row = every
        for word in words:
            matches = row & self._places.get(word, 0)
            row = ((row + matches) | (row - matches)) & every
        return len(self.words) - row.bit_count()

    def share(self, words: Sequence[str]) -> float:
        """The words that are the same in order, among all there are on both sides."""
        return 2 * self.in_order(words) / (len(self.words) + len(words))

    def overlaps(self, words: Sequence[str], runs: Sequence[_Run]) -> Iterator[int]:
        """For each run, how many words it has of those looked for, in any order.

        Runs only ever begin and end later than those before, so that each word is met twice.
        """
        have: Counter[str] = Counter()
        overlap = first = last = 0
        for run in (each.words for each in runs):
            for word in words[last : run.stop]:
                have[word] += 1
                overlap += have[word] <= self.counts[word]
            for word in words[first : run.start]:
                overlap -= have[word] <= self.counts[word]
                have[word] -= 1
            first, last = run.start, run.stop
            yield overlap


def likest(article: Article, text: str, near: int) -> Likeness | None:
    """The stretch of the article most like `text`, of equals the nearest to the offset `near`.

    Whole sentences where they are half like it, otherwise a piece of one; None if neither is.
    """
    sought, found = _Sought(text), _Words.of(article.text)
    if not sought.words or not found.words:
        return None
    wanted = len(sentences(text, article.language))
    runs = _runs(found, sentences(article.text, article.language), wanted)
    return _best(sought, found, runs, near) or _piece(sought, found, near)


def _runs(found: _Words, spans: Sequence[Span], wanted: int) -> Iterator[list[_Run]]:
    """Runs of about as many sentences as are wanted, those of one length together."""
    starts = [span.start for span in found.spans]
    cuts = [bisect_left(starts, span.start) for span in spans] + [len(starts)]
    for length in range(max(1, wanted - 1), wanted + 2):
        yield [
            _Run(range(cuts[first], cuts[first + length]), Span(spans[first].start, last.end))
            for first, last in enumerate(spans[length - 1 :])
        ]


def _piece(sought: _Sought, found: _Words, near: int) -> Likeness | None:
    """As many words as are looked for, wherever they stand, without strange ones at the ends."""
    length = min(len(sought.words), len(found.words))
    pieces = [
        _Run(range(at, at + length), Span(found.spans[at].start, found.spans[at + length - 1].end))
        for at in range(len(found.words) - length + 1)
    ]
    best = _best(sought, found, [pieces], near)
    if best is None:
        return None
    inside = range(
        bisect_left(found.spans, best.span.start, key=lambda span: span.start),
        bisect_right(found.spans, best.span.end, key=lambda span: span.end),
    )
    known = [place for place in inside if found.words[place] in sought.counts]
    if known[-1] - known[0] + 1 < LEAST_WORDS:
        return None
    span = Span(found.spans[known[0]].start, found.spans[known[-1]].end)
    return Likeness(span, sought.share(found.words[known[0] : known[-1] + 1]))


def _best(sought: _Sought, found: _Words, runs: Iterable[list[_Run]], near: int) -> Likeness | None:
    """The run most like what is sought, if any is half like it."""
    hopeful = []
    for alike in runs:
        for overlap, run in zip(sought.overlaps(found.words, alike), alike, strict=True):
            bound = 2 * overlap / (len(sought.words) + len(run.words))
            if bound >= STILL_THE_SAME:
                hopeful.append((-bound, abs(run.span.start - near), run))
    # The likeliest first: what cannot be better than the best need not be looked at.
    hopeful.sort(key=lambda each: each[:2])
    best: tuple[float, int, Span] | None = None
    for bound, away, run in hopeful[:MOST_COMPARED]:
        if best and bound > best[0]:
            break
        share = sought.share(found.words[run.words.start : run.words.stop])
        if share >= STILL_THE_SAME and (best is None or (-share, away) < best[:2]):
            best = -share, away, run.span
    return Likeness(best[2], -best[0]) if best else None
