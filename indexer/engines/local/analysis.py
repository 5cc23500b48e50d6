"""Text to terms for the lexical index: words stemmed by language, bigrams where no spaces are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from indexer.documents import Article, Passage
from indexer.engines.base import Word

UNKNOWN_LANGUAGE = "und"

# The Snowball stemmers the lexical index carries, by ISO 639-1 code.
STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

# Thai, Lao, Myanmar, Khmer, kana, Han and Hangul are written without, or regardless of, spaces.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)

Tokens = Sequence[tuple[str, int]]
"""Terms with their positions."""

_weight = attrgetter("weight")


def primary_language(tag: str | None) -> str:
    """The first subtag of a BCP 47 tag, `und` when there is none."""
    return tag.split("-")[0].lower() if tag else UNKNOWN_LANGUAGE


def tokens(text: str, language: str) -> list[tuple[str, int]]:
    """The terms a text is found by and their positions, analysed as `language` (a primary subtag).

    Runs of unspaced script become overlapping pairs of characters, as is usual for CJK search. The
    single ones, for queries of one character, stand where their pairs do, so that what follows a
    run follows its last pair.
    """
    found: list[tuple[str, int]] = []
    position = 0
    for stretch in _stretches(text, language):
        found += [(term, position + at) for at, term in enumerate(stretch.terms)]
        last = position + len(stretch.terms) - 1
        found += [(one, min(position + at, last)) for at, one in enumerate(stretch.singles)]
        position += len(stretch.terms)
    return found


def terms(text: str, language: str) -> list[str]:
    """The terms a text is found by."""
    return [term for term, _ in tokens(text, language)]


@dataclass(frozen=True, slots=True)
class Analysed:
    """An article and its passages as the terms they are found by."""

    language: str
    title: Tokens
    texts: Sequence[Tokens]

    @classmethod
    def of(cls, article: Article, passages: Sequence[Passage]) -> Analysed:
        """Analyse in the language of the article."""
        language = primary_language(article.language)
        title = tokens(article.headline, language)
        return cls(language, title, [tokens(passage.text, language) for passage in passages])


def query_terms(words: Sequence[Word], language: str) -> dict[str, float]:
    """The distinct terms that `words` are looked for by in one language, each with its weight.

    A term that comes from several words has the greatest of their weights.
    """
    found: dict[str, float] = {}
    for weight, group in groupby(sorted(words, key=_weight), key=_weight):
        text = " ".join(word.text for word in group)
        found |= dict.fromkeys(phrase_terms(text, language), weight)
    return found


def phrase_terms(phrase: str, language: str) -> list[str]:
    """The terms that follow each other wherever `phrase` stands in a text of that language."""
    return [term for stretch in _stretches(phrase, language) for term in stretch.terms]


class _Stretch(NamedTuple):
    """A stretch of text of one kind of script: its terms, and single characters if unspaced."""

    terms: list[str]
    singles: str


def _stretches(text: str, language: str) -> Iterator[_Stretch]:
    analyzer = _analyzer(language)
    position = 0
    for run in _UNSPACED.finditer(text):
        yield _Stretch(analyzer.analyze(text[position : run.start()]), "")
        yield _Stretch(_pairs(run.group()), run.group() if len(run.group()) > 1 else "")
        position = run.end()
    yield _Stretch(analyzer.analyze(text[position:]), "")


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@cache
def _analyzer(language: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase())
    if language in STEMMERS:
        builder = builder.filter(Filter.stemmer(STEMMERS[language]))
    return builder.filter(Filter.ascii_fold()).build()
