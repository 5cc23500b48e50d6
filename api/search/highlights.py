"""Highlights: the sentence or two of a passage that carry the answer, by words and by meaning."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from indexer.documents import Passage, Span
from indexer.sentence_vectors import Sentences, from_signs
from indexer.vectors import Vectors

# Measured in docs/highlights.md, which says how.
SECOND = 0.75
STEM = 0.7
SHORT = 4
LETTERS = 8

# Thai, Lao, Myanmar, Khmer and all that is written in East Asia, regardless of spaces.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uffff\U00020000-\U0003ffff"
# Marks belong to their letter here, other than in `re`: Hindi would fall to pieces without.
_WORD = regex.compile(rf"(?P<run>[{_UNSPACED}&&\w]+)|[\w--[{_UNSPACED}]]+", regex.V1)


class Needle(NamedTuple):
    """What a sentence is searched for, and how much it counts; `whole` words stand alone."""

    text: str
    letters: int
    whole: bool


def highlights(
    query: str, vector: Vectors | None, passages: Sequence[Passage], sentences: Sequence[Sentences]
) -> list[tuple[Span, ...]]:
    """The one or two best sentences of each passage, best first, as spans of its article's text.

    `query` is plain text and `vector` what it means, float32[dimension], or None; `sentences` are
    those of the passages, one item each. A passage without sentences has no highlights.
    """
    texts = [passage.text for passage in passages]
    scores = sentence_scores(query, vector, texts, sentences)
    return [
        tuple(
            Span(passage.start + span.start, passage.start + span.end)
            for span in _best(own.spans, own_scores)
        )
        for passage, own, own_scores in zip(passages, sentences, scores, strict=True)
    ]


def sentence_scores(
    query: str, vector: Vectors | None, texts: Sequence[str], sentences: Sequence[Sentences]
) -> list[list[float]]:
    """How well the sentences of each text carry the answer; comparable within a text only.

    `query` and `vector` are as in `highlights`; the spans of `sentences` count from the start of
    their text.
    """
    lengths = [len(own.spans) for own in sentences]
    folded = [
        span.of(text).casefold()
        for text, own in zip(texts, sentences, strict=True)
        for span in own.spans
    ]
    scores = _shares(_needles(query), folded, lengths) + _meanings(vector, sentences)
    each = iter(scores.tolist())
    return [list(islice(each, length)) for length in lengths]


def _best(spans: Sequence[Span], scores: Sequence[float]) -> Iterator[Span]:
    """The best span, and the next one when it is nearly as good; of equals the first."""
    order = sorted(range(len(spans)), key=lambda place: -scores[place])
    for place in order[:2]:
        if place == order[0] or scores[place] > SECOND * scores[order[0]]:
            yield spans[place]


def _shares(
    needles: Sequence[Needle], folded: Sequence[str], lengths: Sequence[int]
) -> NDArray[np.float64]:
    """How much of the query's words each sentence has, from 0 to 1.

    A word counts by its letters, as long words are rare ones; the sentences of a passage that
    have it share that between them. `lengths` says how many sentences each passage has.
    """
    if not (needles and folded):
        return np.zeros(len(folded))
    having = np.zeros((len(needles), len(folded)), np.bool_)
    # Between line breaks, so that there is something on either side of every word.
    text = "\n".join(["", *folded, ""])
    ends = list(accumulate((len(sentence) + 1 for sentence in folded), initial=1))[1:]
    for own, needle in zip(having, needles, strict=True):
        own[list(_places(needle, text, ends))] = True
    filled = [length for length in lengths if length]
    firsts = np.cumsum([0, *filled[:-1]])
    sharing = np.repeat(np.add.reduceat(having, firsts, axis=1, dtype=np.int64), filled, axis=1)
    letters = np.array([needle.letters for needle in needles])
    worth = letters[:, None] / np.maximum(sharing, 1)
    shares: NDArray[np.float64] = (having * worth).sum(axis=0) / worth.sum(axis=0)
    return shares


def _places(needle: Needle, text: str, ends: Sequence[int]) -> Iterator[int]:
    """Which of the sentences that make up `text`, each up to its end, have the needle."""
    start = text.find(needle.text)
    while start >= 0:
        behind = start + len(needle.text)
        if not (needle.whole and (text[start - 1].isalnum() or text[behind].isalnum())):
            place = bisect_right(ends, start)
            yield place
            behind = ends[place]
        start = text.find(needle.text, behind)


def _meanings(vector: Vectors | None, sentences: Sequence[Sentences]) -> Vectors:
    """The cosines of a query with the sentences of all passages, about; 0 where unknown."""
    known = [each.signs for each in sentences if each.spans]
    if vector is None or not known:
        return np.zeros(sum(map(len, known)), np.float32)
    cosines: Vectors = from_signs(np.concatenate(known), len(vector)) @ vector
    return cosines


def _needles(query: str) -> list[Needle]:
    """What to look for: the stems of long words, short words and numbers whole, pairs of signs."""
    found: dict[Needle, None] = {}
    for word in _WORD.finditer(query.casefold()):
        text = word.group()
        if word["run"]:
            pairs = [text[place : place + 2] for place in range(len(text) - 1)] or [text]
            found |= dict.fromkeys(Needle(pair, len(pair), whole=False) for pair in pairs)
        elif len(text) <= SHORT or text.isdigit():
            found[Needle(text, min(len(text), LETTERS), whole=True)] = None
        else:
            stem = text[: max(SHORT, int(len(text) * STEM + 0.5))]
            found[Needle(stem, min(len(text), LETTERS), whole=False)] = None
    return list(found)
