"""Names of a claim are those of its evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import regex

from api.grounding.checks.calendar_words import MONTHS, WEEKDAYS
from api.grounding.checks.finding import Finding, Ground
from api.grounding.checks.number_words import ORDINALS, SCALES, SPELLED, UNITS
from api.grounding.checks.words import Token, listed, plain, tokens
from api.search.function_words import FUNCTION_WORDS

# What a name takes on and stays the name it was: Japan's, Japanese; Kölns, Kölner.
_ENDINGS = listed(
    "s es n en e r er ern ese an ian ians ish ns ner ic ien ienne ais aise ois ischen ische"
)
_TITLES = listed(
    """mr mrs ms dr prof sir lord lady president minister prime secretary general gen lt col sgt
    herr frau m mme mlle senator sen rep king queen prince princess captain capt judge pope
    chancellor chief ministry government january news report reporters officials"""
)
_ALIASES = (
    listed("us usa america american americans united states"),
    listed("uk britain british briton britons united kingdom"),
    listed("eu european europe europas union"),
    listed("un united nations"),
    listed("deutschland deutsche deutschen deutscher germany german germans"),
)
ALL_FUNCTION_WORDS = frozenset().union(*FUNCTION_WORDS.values())
_COMMON = ALL_FUNCTION_WORDS.union(MONTHS, WEEKDAYS, ORDINALS, SCALES, UNITS)
_DETERMINERS = listed(
    """der die das den dem des ein eine einen einem eines einer kein keine keinen keiner
    im am zum zur beim vom ins ans alle aller allen viele vieler mehr mehrere wenige
    sein seine seinen seiner ihr ihre ihren ihrer dieser diese dieses diesen jede jeder"""
)
_BEFORE_PLACES = listed("in aus nach bei gegen zwischen vor von")
_REACH = 12
_KATAKANA = regex.compile(r"[ァ-ヴー]{3,}")


def check(claim: str, ground: Ground) -> Iterator[Finding]:
    """A finding for each name of a claim that is nowhere in the article."""
    known = None
    for name in names(claim, ground.language):
        known = known or words_of(ground.whole)
        strange = [word for word in name if not _stands_in(word, known, ground)]
        if strange:
            said = claim[name[0].start : name[-1].end]
            yield Finding(f"The name {said} is not in the source.")
    for found in _KATAKANA.findall(claim):
        if found not in ground.whole:
            yield Finding(f"The name {found} is not in the source.")


@lru_cache(maxsize=64)
def words_of(text: str) -> frozenset[str]:
    """The words of a text without accents and case."""
    return frozenset(map(plain, {token.text for token in tokens(text)}))


def _stands_in(word: Token, known: frozenset[str], ground: Ground) -> bool:
    if is_known(plain(word.text), known):
        return True
    letters = word.folded if word.text.isupper() else ""
    # GDP is gross domestic product.
    return 2 < len(letters) < 7 and letters in _initials(ground.whole)


@lru_cache(maxsize=64)
def _initials(text: str) -> str:
    return "".join(word.folded[0] for word in tokens(text))


def names(text: str, language: str | None) -> list[tuple[Token, ...]]:
    """Runs of capitalised words that are names; a lone one where a sentence begins is not known.

    German gives every noun a capital: there two in a row are a name, or one after a preposition.
    """
    found: list[list[Token]] = []
    words = tokens(text)
    for place, token in enumerate(words):
        if not token.is_capital or token.is_sign or _is_common(token):
            continue
        if found and place and found[-1][-1] is words[place - 1] and _joined(text, words, place):
            found[-1].append(token)
        else:
            found.append([token])
    german = (language or "").split("-")[0] == "de"
    places = {token.start: place for place, token in enumerate(words)}
    return [tuple(run) for run in found if _is_name(text, words, places[run[0].start], run, german)]


def is_known(word: str, known: Collection[str]) -> bool:
    """Whether a name, without accents, is among these words, or a form of one."""
    if word in known or any(word in alike and not alike.isdisjoint(known) for alike in _ALIASES):
        return True
    stems = {word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending)}
    if any(len(stem) > 3 and stem in known for stem in stems):
        return True
    # Articles may have tens of thousands of words: forms are looked up, not looked for.
    return len(word) > 3 and any(
        form in known and form.startswith(word[:-1])
        for stem in {word, *stems}
        if len(stem) > 3
        for form in (stem + ending for ending in _ENDINGS)
    )


def _is_name(
    text: str, words: Sequence[Token], place: int, run: Sequence[Token], german: bool
) -> bool:
    if german:
        before = words[place - 1].folded if place else ""
        return before not in _DETERMINERS and (len(run) > 1 or before in _BEFORE_PLACES)
    return len(run) > 1 or not begins(text, run[0])


def begins(text: str, token: Token) -> bool:
    """Whether a word is the first of a sentence or of a quotation, where every word is capital."""
    before = text[: token.start].rstrip()
    words = tokens(before[-_REACH:])
    # Mr. Koizumi and J. Smith: the full stop ends no sentence.
    if (
        before.endswith(".")
        and words
        and (words[-1].folded in _TITLES or len(words[-1].folded) == 1)
    ):
        return False
    return not before or before[-1] in '.!?:;…—–"“”„«»‘(*-•'


def _joined(text: str, words: Sequence[Token], place: int) -> bool:
    between = text[words[place - 1].end : words[place].start]
    return between in (" ", "-", ". ", "\xa0", "’", "'")


def _is_common(token: Token) -> bool:
    word = plain(token.text)
    if len(word) < 2 or (word.isalpha() and (word,) in SPELLED):
        return True
    return word in _TITLES or (token.folded in _COMMON and not token.text.isupper())
