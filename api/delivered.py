"""The articles of a large body, read as they come: a JSON array, or NDJSON, one in each line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType

from api.problem import Refusal
from indexer.documents import Json

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_CHUNK = 64 * 1024
_BROKEN = "The body does not come through: send it again."
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


class UnreadableBody(Refusal):
    """A body that breaks off or is not what its type says."""


@dataclass(frozen=True, slots=True)
class Record:
    """One value of the body and where it stands there; `fault` says why it cannot be read."""

    place: str
    value: Json = None
    fault: str = ""


def chunks(request: Request, limit: int, read: Callable[[bytes], None]) -> Iterator[bytes]:
    """The body piece by piece, each shown to `read`; raises RequestEntityTooLarge past `limit`."""
    announced = request.content_length
    if announced is not None and announced > limit:
        raise RequestEntityTooLarge
    # It is counted here: Flask would cut a chunked body there without a word.
    request.max_content_length = limit + 1
    total = 0
    try:
        while piece := request.stream.read(_CHUNK):
            total += len(piece)
            if total > limit:
                raise RequestEntityTooLarge
            read(piece)
            yield piece
    except (OSError, ParseException, ClientDisconnected):
        raise UnreadableBody(_BROKEN) from None
    if announced is not None and total != announced:
        raise UnreadableBody(_BROKEN)


def records(media_type: str, pieces: Iterator[bytes], longest: int) -> Iterator[Record]:
    """The values of a body, each of at most `longest` bytes; raises UnsupportedMediaType."""
    if media_type in NDJSON:
        return _lines(pieces, longest)
    if media_type == "application/json":
        return _Array(pieces, longest).records()
    raise UnsupportedMediaType


def _lines(pieces: Iterator[bytes], longest: int) -> Iterator[Record]:
    for number, line in enumerate(_split(pieces, longest), start=1):
        if line is None:
            yield Record(f"line {number}", fault=f"It is longer than {longest:,} bytes.")
        elif line.strip():
            yield _parsed(line, f"line {number}")


def _split(pieces: Iterator[bytes], longest: int) -> Iterator[bytes | None]:
    """The lines of a body; None for one that is too long, which is passed over."""
    begun, too_long = bytearray(), False
    for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            begun += end
            yield None if too_long or len(begun) > longest else bytes(begun)
            begun, too_long = bytearray(), False
        begun += rest
        if len(begun) > longest:
            begun, too_long = bytearray(), True
    if begun or too_long:
        yield None if too_long else bytes(begun)


def _parsed(line: bytes, place: str) -> Record:
    try:
        return Record(place, _DECODER.decode(line.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return Record(place, fault="It is not valid JSON in UTF-8.")


class _Array:
    """Reads a JSON array value by value, with no more of it in memory than one needs."""

    def __init__(self, pieces: Iterator[bytes], longest: int) -> None:
        self._pieces = pieces
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._ended = False

    def records(self) -> Iterator[Record]:
        """Its values; raises UnreadableBody where it is not JSON, and when it is no array."""
        if self._sign() != "[":
            raise UnreadableBody(
                "The body must be a JSON array of articles; PUT /articles/{id} takes a single one."
            )
        self._at += 1
        number, closed = 0, self._sign() == "]"
        while not closed:
            number += 1
            yield Record(f"entry {number}", self._value())
            closed = self._sign() == "]"
            if not closed and self._sign() != ",":
                raise self._malformed()
            self._at += not closed
        self._at += 1
        if self._sign():
            raise self._malformed()

    def _sign(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._read_on(1)

    def _value(self) -> Json:
        self._sign()
        while True:
            try:
                value: Json
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._malformed() from None
            except ValueError:
                end = len(self._text)
                if self._ended:
                    raise self._malformed() from None
            # A number that ends where the text ends so far may go on.
            if end < len(self._text) or self._ended:
                # More may have been read than one may have.
                if len(self._text[self._at : end].encode()) > self._longest:
                    raise RequestEntityTooLarge
                self._at = end
                return value
            begun = len(self._text) - self._at
            if begun > self._longest:
                raise RequestEntityTooLarge
            # As much again as there is, so that a long one is not begun again too often.
            self._read_on(begun)

    def _read_on(self, characters: int) -> None:
        """Take in at least so many characters more, unless the body ends before."""
        parts = [self._text[self._at :]]
        self._at = 0
        try:
            while characters > 0 and not self._ended:
                piece = next(self._pieces, b"")
                self._ended = not piece
                parts.append(self._decode.decode(piece, final=self._ended))
                characters -= len(parts[-1])
        except UnicodeDecodeError:
            raise self._malformed() from None
        self._text = "".join(parts)

    @staticmethod
    def _malformed() -> UnreadableBody:
        return UnreadableBody("The body is not a JSON array in UTF-8.")
