"""`.txt`: front matter when there is any, else the shape of a newspaper text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from indexer.loaders.decoding import decode
from indexer.loaders.draft import Draft
from indexer.loaders.front_matter import split_front_matter
from indexer.loaders.newspaper import read_shape
from indexer.loaders.records import draft_from, split_authors


def load_text(stream: BinaryIO) -> Iterator[Draft]:
    """The one article of a plain text file."""
    decoded = decode(stream.read())
    fields, text = split_front_matter(decoded.text)
    yield with_shape(draft_from(fields, text=text.strip())).doubting(decoded.doubt)


def with_shape(draft: Draft) -> Draft:
    """The draft with what stands above its body made fields; one that has a title stays."""
    if draft.title:
        return draft
    shape = read_shape(draft.text)
    return replace(
        draft,
        text=draft.text[shape.body :],
        title=shape.headline,
        section=draft.section or shape.section,
        authors=draft.authors or split_authors(shape.byline),
    )
