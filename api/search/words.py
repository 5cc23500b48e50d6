"""The lexical reading of a query: the words to look for, and how much each of them counts.

What the weights are worth is in docs/ranking.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import regex

from api.search.function_words import FUNCTION_WORDS, HOMOGRAPHS
from indexer.engines.base import Word

FUNCTION = 0.1
ORDINARY = 1.0
NAME = 1.5

# With the marks that belong to letters: Hindi would fall to pieces without.
_WORD = regex.compile(r"[\w\p{N}][\w\p{M}\p{N}]*")

# Questions of reading tests, and those put to a chat about its sources, point at the text
# ("According to the article, …") and at answers to choose from ("Which of these is true?").
_TEXT = r"(?:passage|text|article|paragraph|excerpt|author|story|report|information)"
_DE_TEXT = (
    r"(?:abschnitt|text|textabschnitt|textauszug|absatz|artikel|auszug|passage|textpassage|bericht)"
)
_THE = r"(?:(?:the|this)\ )?"
_DE_INFORMATION = r"(?:informationen\s+(?:in|im|aus)\s+(?:(?:dem|der)\s+)?)?"
_DE_POINTER = rf"(?:dem|diesem|der)\s+{_DE_TEXT}\s+(?:zufolge|nach)\b"
_TASK = re.compile(
    # The letters these phrases begin with, which halves the time.
    rf"""\b (?=[abdefgilmnopstw]) (?:
      (?:according\ to|based\ on|as\ (?:stated|mentioned|described)\ in|in|from)\ {_THE}
      (?:information\ (?:(?:given|provided|presented|contained)\ )?(?:in|by)\ )? {_THE} {_TEXT}\b,?
    | (?:(?:described|mentioned|discussed|given|stated|presented|listed|outlined)\ )?
      (?:in|by)\ {_THE} (?:passage|article|paragraph|excerpt)\b
    | which\ (?:one\ )?of\ (?:the\ following|these)\b (?:\ (?:statements?|options?|answers?)\b)?
    | which\ statements?\b
    | (?:is|are|was|were|would\ be|be)(?:\ not|n't)?\ (?:true|false|accurate|correct|incorrect)\b
    | accurately\ (?:describes?|reflects?)\b
    | (?:the\ following|mentioned|is\ said|are\ said)\b

    | (?:laut|gemäß|entsprechend|nach|in|im|aus)\s+ (?:(?:dem|diesem|der|dieser)\s+)?
      {_DE_INFORMATION} {_DE_TEXT}s?\b,?
    | (?:basierend\s+auf|ausgehend\s+von)\s+ (?:(?:dem|der|den)\s+)?
      {_DE_INFORMATION} {_DE_TEXT}\b,?
    | {_DE_POINTER},?
    | welche[srnm]?\s+(?:der|von\ den|dieser)\b (?:\s+(?:folgenden|nachstehenden|genannten)\b)?
      (?:\s+(?:aussagen?|möglichkeiten|optionen|antworten|punkte)\b)?
    | welche\s+aussagen?\b
    | die\s+folgenden?\b
    | (?:trifft|treffen)\s+(?:{_DE_POINTER}\s+)?(?:nicht\s+)?zu\b
    | (?:ist|sind)\s+(?:{_DE_POINTER}\s+)?(?:nicht\s+)?(?:wahr|richtig|falsch|korrekt|zutreffend)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# One of these is in every such phrase that is not all function words. Looking for them first
# spares most queries the search for phrases, which takes longer than all else here.
_TASK_WORDS = frozenset(
    _WORD.findall(
        """
        passage text article paragraph excerpt author story report information
        following statement statements option options answer answers mentioned said
        true false accurate accurately correct incorrect
        abschnitt textabschnitt textauszug absatz artikel auszug textpassage bericht
        abschnitts texts textabschnitts textauszugs artikels auszugs berichts
        aussage aussagen möglichkeiten optionen antworten punkte
        folgende folgenden nachstehenden genannten
        trifft treffen wahr richtig falsch korrekt zutreffend
        """
    )
)


def weigh(text: str) -> tuple[Word, ...]:
    """The words of a query, each once, in the order they are first met.

    Function words of the query's language, which is guessed by them, are left out, and so is talk
    about the task; names and numbers weigh NAME, other words ORDINARY. Where that leaves nothing,
    the talk comes back, and at last the function words, which weigh FUNCTION.
    """
    words = _WORD.findall(text)
    if not _TASK_WORDS.isdisjoint(map(str.lower, words)):
        content = _content(_WORD.findall(_TASK.sub(" ", text)))
        if any(len(word.text) > 1 for word in content):
            return content
    return _content(words) or _once(Word(word, FUNCTION) for word in words)


def _content(words: Sequence[str]) -> tuple[Word, ...]:
    """The words that are no function words, weighed."""
    lowered = [word.lower() for word in words]
    function = _function_words(lowered)
    # Where every word has a capital, as in a headline or in capitals throughout, none says much.
    telling = any(not (word[0].isupper() or word[0].isdigit()) for word in words)
    return _once(
        Word(word, NAME if _is_name(word, telling and n > 0) else ORDINARY)
        for n, (word, low) in enumerate(zip(words, lowered, strict=True))
        # In a sentence, WHO and IT are no function words.
        if low not in function or (telling and len(word) > 1 and word.isupper())
    )


def _is_name(word: str, capital_tells: bool) -> bool:
    return (capital_tells and word[0].isupper()) or any(map(str.isdigit, word))


def _function_words(lowered: Sequence[str]) -> frozenset[str]:
    """The function words of the language most of `lowered` belong to; of all, where some tie."""
    # Of every language there is, not only those of the index: a German question to an English
    # one would look for "der" and "wird" as the rarest of words.
    telling = [word for word in lowered if len(word) > 1 and word not in HOMOGRAPHS]
    counts = {
        language: sum(map(words.__contains__, telling))
        for language, words in FUNCTION_WORDS.items()
    }
    most = max(counts.values())
    tied = [FUNCTION_WORDS[language] for language, count in counts.items() if count == most > 0]
    return frozenset.intersection(*tied) if tied else frozenset()


def _once(words: Iterable[Word]) -> tuple[Word, ...]:
    """Each word once, whatever its case, where it is first met and with its greatest weight."""
    kept: dict[str, Word] = {}
    for word in words:
        key = word.text.lower()
        if key not in kept or kept[key].weight < word.weight:
            kept[key] = word
    return tuple(kept.values())
