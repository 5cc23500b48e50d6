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
_QUESTION = regex.compile(r"[?？؟;]['\"”’»」)\]*\s]*$".replace(";", ""))
_LETTER = regex.compile(r"\p{L}")
# Said by itself or of the sources, none of which they could bear out.
_NO_CLAIM = regex.compile(
    r"""(?xi) ^\W* (?:
      (?: hi | hello | dear | thanks | thank\ you | you're\ welcome | welcome | sure | certainly
        | of\ course | okay | ok | great\ question | good\ (?:morning|evening|question)
        | hallo | guten | danke | gerne | natürlich | bonjour | merci | こんにちは )
        \b [^.!?]{0,40} [.!,:]? $
    | (?: sorry | i\ am\ sorry | i'm\ sorry | i\ apologi[sz]e | unfortunately | leider
        | es\ tut\ mir\ leid | désolé ) \b .* \b (?: not | no | cannot | can't | nicht | kein\w*
        | pas | unable ) \b .*
    | i \ (?: can(?:not|'t|’t|\ not) | could(?:\ not|n't|n’t) | do\ not | don't | don’t | am\ not
        | am\ unable | did\ not | didn't ) \b .*
    | ich\ (?:kann|konnte|weiß|habe) \b .* \b (?:nicht|keine?n?) \b .*
    | je\ (?:ne|n') .*
    | (?:the|these|those|my|none\ of\ the|no)\ (?:\w+\ )?
        (?:sources?|articles?|passages?|documents?|context|index) \b (?:\ \w+)? \b
        .* \b (?: not | n't | no | nothing | none | answers? | mentions? | contains? ) \b .*
    | die\ (?:\w+\ )? (?:quellen|artikel|texte) \b .* \b (?:nicht|keine?n?|nichts) \b .*
    | here\ (?:is|are) \b .* : $ | (?:in\ summary|summary|sources?|references?|quellen) \W* $
    )"""
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
    return Claim(span, text, tuple(dict.fromkeys(numbers)), own, _asserts(text))


def _asserts(text: str) -> bool:
    stripped = text.strip()
    if not _LETTER.search(stripped) or _QUESTION.search(stripped):
        return False
    return _NO_CLAIM.match(stripped) is None


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
