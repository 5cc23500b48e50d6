"""A sentence repeated with a name, a figure or the sense of a word changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.grounding.checks.alignment import Change
from api.grounding.checks.dates import same_day
from api.grounding.checks.days import days
from api.grounding.checks.figures import figures
from api.grounding.checks.finding import Finding, Ground
from api.grounding.checks.names import ALL_FUNCTION_WORDS, begins, is_known
from api.grounding.checks.words import Token, folded_article, folded_words, listed, plain, tokens

# Quotation marks or a dash may stand before the first word.
_NEAR_START = 4
_DETERMINERS = listed("der die das den dem des ein eine einen einem eines einer")


def check(changed: Sequence[Change], claim: str, ground: Ground) -> Iterator[Finding]:
    """A finding for each name or figure that stands where the nearest sentence has another."""
    for change in changed:
        if not change.source or not change.claim:
            continue
        before, after = _said(change.source, ground.best), _said(change.claim, claim)
        if _names_differ(change, claim, ground) or _figures_differ(before, after, ground):
            yield Finding(f"Where the source has “{before}”, this has “{after}”.", True)


def _said(words: Sequence[Token], text: str) -> str:
    return text[words[0].start : words[-1].end]


def _figures_differ(before: str, after: str, ground: Ground) -> bool:
    there, here = days(before), days(after)
    if there and here:
        return not any(same_day(own, each, ground) for own in here for each in there)
    if there or here:
        return False
    source, claim = figures(before), figures(after)
    return bool(source and claim) and not any(own.equals(each) for own in claim for each in source)


def _names_differ(change: Change, claim: str, ground: Ground) -> bool:
    if all(token.is_sign for token in (*change.source, *change.claim)):
        return _kanji(change.source) and _kanji(change.claim)
    source, mine = _content(change.source), _content(change.claim)
    named = all(_tells(token, ground.best, ground) for token in source)
    if not (source and mine and named):
        return _beginnings_differ(change, claim, ground)
    if not all(_may_be_name(token, claim, ground) for token in mine):
        return False
    there = {plain(token.text) for token in change.source}
    strange = any(not is_known(plain(token.text), there) for token in mine)
    return strange and not _called_so(change, claim, ground)


def _content(words: Sequence[Token]) -> list[Token]:
    return [word for word in words if word.folded not in ALL_FUNCTION_WORDS]


def _beginnings_differ(change: Change, claim: str, ground: Ground) -> bool:
    """Whether both begin with another capitalised word, and are the same after that.

    Nothing tells then that it is a name, but that neither is known as an ordinary word.
    """
    if len(change.source) != 1 or len(change.claim) != 1:
        return False
    own, other = change.claim[0], change.source[0]
    after = folded_words(ground.best[other.end :])
    return (
        other.start < _NEAR_START
        and all(_plainly_capital(token, ground) for token in (own, other))
        and after == folded_words(claim[own.end :])
    )


def _plainly_capital(token: Token, ground: Ground) -> bool:
    if not token.is_capital or token.folded in ALL_FUNCTION_WORDS or days(token.text):
        return False
    return f" {token.folded} " not in f"{ground.whole} ".replace("\n", " ")


def _tells(token: Token, text: str, ground: Ground) -> bool:
    """Whether the capital of a word tells that it is a name."""
    if not token.is_capital or days(token.text):
        return False
    if (ground.language or "").split("-")[0] == "de":
        words = tokens(text[: token.start])
        return not words or words[-1].folded not in _DETERMINERS
    return not begins(text, token) or f" {token.text}" in ground.whole


def _may_be_name(token: Token, text: str, ground: Ground) -> bool:
    """Whether a word in place of a name may be one: the first of a sentence often is none."""
    if _tells(token, text, ground):
        return True
    return begins(text, token) and _plainly_capital(token, ground)


def _called_so(change: Change, claim: str, ground: Ground) -> bool:
    """Whether the article itself has the words together with those beside them.

    Mr. Koizumi is then Shinjiro Koizumi.
    """
    words = tokens(claim)
    first, last = words.index(change.claim[0]), words.index(change.claim[-1])
    beside = words[last + 1 : last + 2]
    spelled = " ".join(["", *(word.folded for word in words[first : last + 2]), ""])
    return any(word.is_capital for word in beside) and spelled in folded_article(ground.whole)


def _kanji(words: Sequence[Token]) -> bool:
    return all("\u4e00" <= token.text[0] <= "\u9fff" for token in words)
