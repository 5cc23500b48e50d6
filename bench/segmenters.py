"""Sentence segmenters to compare, and texts whose sentence ends are known.

The rivals are no dependencies of Dateline: `pip install nupunkt syntok pysbd blingfire`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from indexer.documents import Span
from indexer.sentences import sentences

GOLD = Path(__file__).parents[1] / "tests" / "hard_sentences.tsv"

# Takes a text and its language, gives the offsets at which sentences end.
Segmenter = Callable[[str, str], Iterable[int]]


def ours(text: str, language: str) -> Iterable[int]:
    return (span.end for span in sentences(text, language))


def words(text: str, language: str) -> Iterable[int]:
    """No sentences at all: words packed up to the budget, the baseline of every other row."""
    del language
    return (n for n, character in enumerate(text) if character.isspace())


def nupunkt(text: str, language: str) -> Iterable[int]:
    del language
    return (end for _, end in importlib.import_module("nupunkt").sent_spans(text))


def syntok(text: str, language: str) -> Iterable[int]:
    del language
    for paragraph in importlib.import_module("syntok.segmenter").analyze(text):
        for sentence in paragraph:
            yield sentence[-1].offset + len(sentence[-1].value)


def pysbd(text: str, language: str) -> Iterable[int]:
    module = importlib.import_module("pysbd")
    known = language if language in module.languages.LANGUAGE_CODES else "en"
    segmenter = module.Segmenter(language=known, clean=False, char_span=True)
    return (span.end for span in segmenter.segment(text))


def blingfire(text: str, language: str) -> Iterable[int]:
    del language
    _, offsets = importlib.import_module("blingfire").text_to_sentences_and_offsets(text)
    return (end for _, end in offsets)


def segment(text: str, language: str, segmenter: Segmenter) -> list[Span]:
    """The text cut at the ends a segmenter gives, without the white space around a piece."""
    spans = []
    start = 0
    for end in [*segmenter(text, language), len(text)]:
        piece = text[start:end]
        if piece.strip():
            begin = start + len(piece) - len(piece.lstrip())
            spans.append(Span(begin, begin + len(piece.strip())))
            start = end
    return spans


def boundary_f1(cases: Iterable[tuple[str, str, set[int]]], segmenter: Segmenter) -> float:
    """F1 of the sentence ends inside each text; the last one is nobody's merit."""
    hits = found = wanted = 0
    for language, text, gold in cases:
        ends = {span.end for span in segment(text, language, segmenter)[:-1]}
        hits, found, wanted = hits + len(ends & gold), found + len(ends), wanted + len(gold)
    return 2 * hits / (found + wanted)


def hard_sentences() -> Iterator[tuple[str, str, set[int]]]:
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        language, marked = line.split("\t")
        pieces = marked.split("¦")
        ends = {len("".join(pieces[: n + 1])) for n in range(len(pieces) - 1)}
        yield language, "".join(pieces), ends


def golden_rules() -> Iterator[tuple[str, str, set[int]]]:
    """The 48 English rules pysbd was made to pass; they come with its package."""
    rules = importlib.import_module("benchmarks.english_golden_rules").GOLDEN_EN_RULES
    for text, expected in rules:
        ends = set()
        position = 0
        for sentence in expected[:-1]:
            position = text.index(sentence.strip(), position) + len(sentence.strip())
            ends.add(position)
        yield "en", text, ends


ALL: tuple[Segmenter, ...] = (ours, nupunkt, syntok, pysbd, blingfire, words)
