"""Citation markers in a text that comes in pieces: `[2]`, however it is spelled or cut."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import regex

_NUMBERS = r"[ ]{0,2}\d{1,3}(?:[ ]{0,2}[,;][ ]{0,2}\d{1,3}){0,15}[ ]{0,2}"
# The second spelling is that of models taught to cite with OpenAI's tools, which add lines to it.
# The space before is taken along, so that none is left where an unknown marker was.
_MARKER = regex.compile(
    rf"(?P<space>[ \t\xa0]{{0,4}})(?:\[(?P<numbers>{_NUMBERS})\]"
    rf"|【(?P<numbers>{_NUMBERS})(?:†[^】\n]{{0,40}})?】)"
)
_NUMBER = regex.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Marker:
    """A reference to the passage of number `n`."""

    n: int

    def __str__(self) -> str:
        return f"[{self.n}]"


Part: TypeAlias = "str | Marker"


class MarkerParser:
    """Tells text from markers, as pieces of an answer come in.

    What may yet become a marker is held back until that is certain, so that any way of cutting an
    answer into pieces gives the same text and the same markers. Numbers that are not among
    `known` are left out, and listed in `unknown` in the order they are first met.
    """

    def __init__(self, known: Collection[int]) -> None:
        self.unknown: list[int] = []
        self._known = frozenset(known)
        self._held = ""

    def feed(self, piece: str) -> Iterator[Part]:
        """What is certain after one more piece."""
        self._held += piece
        while match := _MARKER.search(self._held, partial=True):
            if match.partial:
                yield from self._text(match.start())
                return
            yield from self._marked(match)
        yield from self._text(len(self._held))

    def close(self) -> Iterator[Part]:
        """What was held back, now that nothing follows."""
        while match := _MARKER.search(self._held):
            yield from self._marked(match)
        yield from self._text(len(self._held))

    def _marked(self, match: regex.Match[str]) -> Iterator[Part]:
        numbers = [int(number) for number in _NUMBER.findall(match["numbers"])]
        known = [n for n in numbers if n in self._known]
        self.unknown += dict.fromkeys(
            n for n in numbers if n not in self._known and n not in self.unknown
        )
        yield from self._text(match.start())
        self._held = self._held[match.end() - match.start() :]
        if known and match["space"]:
            yield match["space"]
        yield from map(Marker, known)

    def _text(self, length: int) -> Iterator[str]:
        text, self._held = self._held[:length], self._held[length:]
        if text:
            yield text
