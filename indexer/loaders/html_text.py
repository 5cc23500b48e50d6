"""Plain paragraphs out of the HTML that feeds carry inside their entries."""

from __future__ import annotations

import html
from html.parser import HTMLParser

_INVISIBLE = frozenset({"script", "style", "template", "head"})
_BREAKS = frozenset({"br", "li", "tr", "dt", "dd"})
_PARAGRAPHS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "div", "dl", "figcaption", "figure"),
        *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol"),
        *("p", "pre", "section", "table", "ul"),
    }
)


def plain_text(markup: str) -> str:
    """The visible text of an HTML fragment: paragraphs a blank line apart, as a reader sees it.

    Text without any tag keeps its own line breaks.
    """
    if "<" not in markup:
        return html.unescape(markup).strip()
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._paragraphs: list[list[str]] = [[""]]
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in _INVISIBLE
        self._break_at(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _INVISIBLE))
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._paragraphs[-1].append(data)

    def _break_at(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._paragraphs.append([])
        elif tag in _BREAKS:
            self._paragraphs[-1].append("\0")

    def text(self) -> str:
        paragraphs = ["".join(pieces).split("\0") for pieces in self._paragraphs]
        lines = [[" ".join(line.split()) for line in lines] for lines in paragraphs]
        return "\n\n".join(text for each in lines if (text := "\n".join(filter(None, each))))
