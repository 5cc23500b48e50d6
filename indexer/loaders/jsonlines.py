"""`.jsonl`, `.ndjson` and standard input: one JSON object a line, streamed."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from indexer.errors import UnreadableFile
from indexer.loaders.decoding import decode
from indexer.loaders.draft import Draft, Problem
from indexer.loaders.records import parse_json, read_record

LONGEST_LINE = 32 * 2**20
"""The most bytes one article may have; a longer line is passed over."""
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_lines(stream: BinaryIO) -> Iterator[Draft | Problem]:
    """The articles of a file of JSON lines; a line that cannot be read costs only itself."""
    empty = True
    for number, line in enumerate(_lines(stream), start=1):
        if line.strip():
            empty = False
            yield _read_line(line, f"line {number}")
    if empty:
        raise UnreadableFile("it holds no text")


def _read_line(line: bytes, place: str) -> Draft | Problem:
    if len(line) > LONGEST_LINE:
        return Problem(place, f"it is longer than {LONGEST_LINE:,} bytes")
    try:
        decoded = decode(line)
        item = read_record(parse_json(decoded.text), place)
    except UnreadableFile as error:
        return Problem(place, str(error))
    return item.doubting(decoded.doubt) if isinstance(item, Draft) else item


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one too long only the beginning, itself still too long."""
    line = stream.readline(LONGEST_LINE + 1)
    if line.startswith(_WIDE_MARKS):
        yield from decode(line + stream.read()).text.encode().split(b"\n")
        return
    while line:
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)
        line = stream.readline(LONGEST_LINE + 1)
