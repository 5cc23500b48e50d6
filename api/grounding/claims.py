"""An answer read sentence by sentence: what each claims, and which citations it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from api.grounding.checks.quotes import quotations
from indexer.documents import Span
from indexer.sentences import sentences

MARKER = regex.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_LEADING = regex.compile(rf"(?:\s*{MARKER.pattern})+[.。]?\s*")
# Markdown that chats answer in: emphasis, headings, bullets and numbers of lists.
_MARKUP = regex.compile(r"(?m)\*{1,3}|`+|^\s*(?:\#{1,6}|[-•*]|\d{1,2}[.)])(?=\s)")
_QUESTION = regex.compile(r"[?？؟]['\"”’»」)\]*\s]*$")
_LETTER = regex.compile(r"\p{L}")
# Said by itself, or of what it knows: no source could bear that out.
_NO_CLAIM = regex.compile(
    r"""(?xi) ^
    (?: hi | hello | dear | thanks | thank\ you | you're\ welcome | welcome | sure | certainly
      | of\ course | okay | ok | great\ question | good\ (?:morning|afternoon|evening|question)
      | hallo | guten\ \w+ | danke | gerne | natürlich | bonjour | merci | こんにちは )
      \b [^.!?]{0,30} [.!,:。]? $
    | (?: (?:i'm|i\ am)\ sorry | sorry | (?:i|we)\ apologi[sz]e | unfortunately | leider
        | es\ tut\ mir\ leid | désolé ) ,? \b .* \b
      (?: cannot | can't | can’t | could(?:n't|n’t|\ not) | unable | no\ (?:answer|information)
        | (?:don't|don’t|do\ not) | nicht | keine? | pas ) \b .*
    | (?:i|we)\ (?: can(?:not|'t|’t|\ not) | could(?:\ not|n't|n’t) | do(?:\ not|n't|n’t)
        | did(?:\ not|n't|n’t) | am\ (?:not\ able|unable) )
      \ (?:to\ )? (?: answer | find | know | have | see | say | tell | determine | confirm | provide
        | verify | help ) \b .*
    | ich\ (?: kann | konnte | weiß | habe ) \b .* \b (?:nicht|keine?n?) \b .*
    | je\ ne\ (?: peux | sais | trouve ) \b .*
    | (?:the|these|my|none\ of\ the|no)\ (?:\w+\ )?
        (?:sources?|articles?|passages?|documents?|context|index)
        \ (?: do(?:es)?(?:\ not|n't|n’t) | sa(?:y|ys)\ nothing | contains?\ no | ha(?:s|ve)\ no
          | gives?\ no | answers? | mentions? ) \b .*
    | (?:die|in\ den)\ (?:\w+\ )? (?:quellen|artikeln?|texten?) \b .* \b (?:nicht|keine?n?|nichts)
      \b .*
    | here\ (?:is|are) \b .* : $
    """
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer: a span of it, and what it says without markers and markup.

    `text` is as long as the span. `numbers` are those of its markers, `quoted` what it puts in
    quotation marks. `asserts` is false for questions, greetings and refusals, which nothing could
    bear out.
    """

    span: Span
    text: str
    numbers: tuple[int, ...]
    quoted: tuple[str, ...]
    asserts: bool


def claims(answer: str) -> list[Claim]:
    """The sentences of an answer in order; a marker after a full stop belongs before it."""
    bare = _blanked(answer)
    quoted = quotations(bare)
    return [_claim(answer, bare, span, quoted) for span in _spans(answer)]


def _claim(answer: str, bare: str, span: Span, quoted: Sequence[Span]) -> Claim:
    text = span.of(bare)
    numbers = [
        int(number)
        for marker in MARKER.finditer(span.of(answer))
        for number in regex.findall(r"\d+", marker[1])
    ]
    own = tuple(
        bare[max(each.start, span.start) : min(each.end, span.end)]
        for each in quoted
        if each.start < span.end and span.start < each.end
    )
    return Claim(span, text, tuple(dict.fromkeys(numbers)), own, _asserts(text, own))


def _asserts(text: str, quoted: Sequence[str]) -> bool:
    stripped = text.strip()
    # Whoever quotes claims that it was said, be it a question.
    if quoted:
        return True
    questioning = _QUESTION.search(stripped) or not _LETTER.search(stripped)
    return not questioning and _NO_CLAIM.match(stripped) is None


def _blanked(answer: str) -> str:
    """The answer with white space for markers and markup, so that offsets stay."""
    bare = MARKER.sub(lambda found: " " * len(found[0]), answer)
    return _MARKUP.sub(lambda found: " " * len(found[0]), bare)


def _spans(answer: str) -> Iterator[Span]:
    """The sentences, each with the markers that stand right after it."""
    before: Span | None = None
    for span in sentences(answer):
        led = _LEADING.match(answer, span.start, span.end)
        if before is not None and led and not MARKER.search(before.of(answer)):
            before = Span(before.start, span.start + len(led[0].rstrip()))
            span = Span(span.start + len(led[0]), span.end)
        if before is not None:
            yield before
        before = span if span.start < span.end else None
    if before is not None:
        yield before
