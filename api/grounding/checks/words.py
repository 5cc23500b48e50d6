"""Words of claims and evidence, folded so that spelling alone makes no difference."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex

# Written without spaces: each sign is a word of its own.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uff0f\uff1a-\uffff\U00020000-\U0003ffff"
# Figures keep their separators, words their apostrophes: 1,200 and don't are one word each.
_WORD = regex.compile(
    rf"""
    (?<!\d) \d{{1,3}} (?: [\ \u202f\xa0] \d{{3}} )+ (?! \d )
    | \d+ (?: [.,] \d+ )*
    | (?: [A-Z]\. ){{2,}}
    | [\w--[{_UNSPACED}\d_]] [\w\p{{M}}--[{_UNSPACED}_]]*
      (?: ['’] [\w--[{_UNSPACED}_]]+ )*
    | [{_UNSPACED}&&\w] \p{{M}}*
    """,
    regex.VERBOSE | regex.V1,
)
_SIGN = regex.compile(f"[{_UNSPACED}]")
_APOSTROPHES = str.maketrans("", "", "'’.")


class Token(NamedTuple):
    """A word as it stands, folded, and where it begins in its text."""

    text: str
    folded: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends in its text; not included."""
        return self.start + len(self.text)

    @property
    def is_figure(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdigit()

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def is_sign(self) -> bool:
        """Whether it belongs to a script without spaces."""
        return _SIGN.match(self.text) is not None


def tokens(text: str) -> list[Token]:
    """The words of a text in order; of scripts without spaces, the signs."""
    return [Token(found[0], fold(found[0]), found.start()) for found in _WORD.finditer(text)]


def fold(word: str) -> str:
    """A word without case, compatibility forms, apostrophes and the full stops of U.S."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return folded if folded[:1].isdigit() else folded.translate(_APOSTROPHES)


def plain(word: str) -> str:
    """A folded word without accents, and without the ending of a possessive."""
    stripped = regex.sub(r"['’]s?$", "", unicodedata.normalize("NFKD", word).casefold())
    letters = regex.sub(r"\p{M}", "", stripped)
    return letters.translate(_APOSTROPHES)


def listed(words: str) -> frozenset[str]:
    """The words of a table, which are folded, without their order."""
    return frozenset(words.split())


def folded_words(text: str) -> str:
    """The words of a text, folded, with a space before and after each."""
    return " ".join(["", *(token.folded for token in tokens(text)), ""])


@lru_cache(maxsize=64)
def folded_article(text: str) -> str:
    """`folded_words` of an article, kept because claim after claim is held against it."""
    return folded_words(text)
