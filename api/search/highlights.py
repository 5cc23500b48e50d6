"""Highlights: the sentence or two of a passage that carry the answer, by words and by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import regex

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
    needles = _needles(query)
    return [
        [
            share + cosine
            for share, cosine in zip(_shares(needles, text, own.spans), cosines, strict=True)
        ]
        for text, own, cosines in zip(texts, sentences, _meanings(vector, sentences), strict=True)
    ]


def _best(spans: Sequence[Span], scores: Sequence[float]) -> Iterator[Span]:
    """The best span, and the next one when it is nearly as good; of equals the first."""
    order = sorted(range(len(spans)), key=lambda place: -scores[place])
    for place in order[:2]:
        if place == order[0] or scores[place] > SECOND * scores[order[0]]:
            yield spans[place]


def _shares(needles: Sequence[Needle], text: str, spans: Sequence[Span]) -> list[float]:
    """How much of the query's words each sentence has, from 0 to 1.

    A word counts by its letters, as long words are rare ones; the sentences of a passage that
    have it share that between them.
    """
    folded = [span.of(text).casefold() for span in spans]
    # One look at all sentences tells of most words that they are in none.
    together = "\n".join(folded)
    shares = [0.0] * len(spans)
    total = 0.0
    for needle in needles:
        having = _having(needle, folded) if needle.text in together else ()
        worth = needle.letters / max(1, len(having))
        total += worth
        for place in having:
            shares[place] += worth
    return [share / total for share in shares] if total else shares


def _having(needle: Needle, sentences: Sequence[str]) -> list[int]:
    """The places of the sentences that have a needle."""
    return [
        place
        for place, sentence in enumerate(sentences)
        if needle.text in sentence and (not needle.whole or _stands_alone(needle.text, sentence))
    ]


def _stands_alone(word: str, text: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, end)
    return False


def _meanings(vector: Vectors | None, sentences: Sequence[Sentences]) -> list[list[float]]:
    """The cosines of a query with the sentences of each passage, about; 0 where unknown."""
    known = [each.signs for each in sentences if each.spans]
    if vector is None or not known:
        return [[0.0] * len(each.spans) for each in sentences]
    signs = np.concatenate(known)
    cosines = iter((from_signs(signs, len(vector)) @ vector).tolist())
    return [list(islice(cosines, len(each.spans))) for each in sentences]


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
