"""`.json`: one article, an array of them, or the answer of a news API that holds such an array."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from indexer.documents import Json
from indexer.errors import UnreadableFile
from indexer.loaders.decoding import decode
from indexer.loaders.draft import Draft, Problem, Severity
from indexer.loaders.jsonlines import load_lines
from indexer.loaders.records import has_body, parse_json, read_record

_ARRAYS = ("articles", "results")


def load_json(stream: BinaryIO) -> Iterator[Draft | Problem]:
    """The articles of a JSON file; JSON lines under the wrong suffix are read as such."""
    decoded = decode(stream.read())
    if decoded.doubt:
        yield Problem("", decoded.doubt, Severity.WARNING)
    try:
        value = parse_json(decoded.text)
    except UnreadableFile as error:
        if "Extra data" not in str(error):
            raise
        yield from load_lines(io.BytesIO(decoded.text.encode()))
        return
    records = _array(value)
    if records is None:
        yield read_record(value)
        return
    for number, record in enumerate(records, start=1):
        yield read_record(record, f"entry {number}")


def _array(value: Json) -> list[Json] | None:
    """The array of articles in `value`, directly or as news APIs wrap it.

    What an article of its own holds beside its text, related articles say, is no such array.
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or has_body(value):
        return None
    response = value.get("response")
    if isinstance(response, dict):
        return _array(response)
    arrays = (value.get(name) for name in _ARRAYS)
    return next((array for array in arrays if isinstance(array, list)), None)
