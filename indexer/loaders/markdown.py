"""`.md`: front matter or a first heading; the body keeps its markup as written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from indexer.loaders.decoding import decode
from indexer.loaders.draft import Draft
from indexer.loaders.front_matter import split_front_matter
from indexer.loaders.plaintext import with_shape
from indexer.loaders.records import draft_from

_HEADING = re.compile(r"^#[ \t]([^\n]*[^\s#][^\n]*)$", re.MULTILINE)


def load_markdown(stream: BinaryIO) -> Iterator[Draft]:
    """The one article of a Markdown file; a heading above everything else leaves the body."""
    decoded = decode(stream.read())
    fields, text = split_front_matter(decoded.text)
    draft = draft_from(fields, text=text.strip()).doubting(decoded.doubt)
    heading = _HEADING.search(draft.text.replace("\r", "\n"))
    if draft.title or heading is None:
        yield with_shape(draft)
        return
    title = heading[1].rstrip("# \t")
    on_top = heading.start() == 0
    yield replace(
        draft, title=title, text=draft.text[heading.end() :].strip() if on_top else draft.text
    )
