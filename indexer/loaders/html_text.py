"""Plain paragraphs out of the HTML that feeds carry inside their entries."""

from __future__ import annotations

import html

_INVISIBLE = ("script", "style", "template", "head")
_LINE, _PARAGRAPH = "\x1f", "\x1e"
_LINES = frozenset({"br", "li", "tr", "dt", "dd"})
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
    # Not html.parser: its time grows with the square of what is left unclosed.
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    written = f"<div>{markup}</div>".encode("utf-8", "replace")
    tree = document_fromstring(written, parser=HTMLParser(encoding="utf-8", huge_tree=True))
    etree.strip_elements(tree, *_INVISIBLE, etree.Comment, etree.PI, with_tail=False)
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        pieces.append(_break_at(str(element.tag)))
        pieces.append((element.text if event == "start" else element.tail) or "")
    return _join("".join(pieces))


def _break_at(tag: str) -> str:
    if tag in _PARAGRAPHS:
        return _PARAGRAPH
    return _LINE if tag in _LINES else ""


def _join(marked: str) -> str:
    """Lines and paragraphs from their marks, every other white space one space."""
    paragraphs = (
        "\n".join(words for line in paragraph.split(_LINE) if (words := " ".join(line.split())))
        for paragraph in marked.split(_PARAGRAPH)
    )
    return "\n\n".join(filter(None, paragraphs))
