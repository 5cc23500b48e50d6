"""What a web page declares about itself to machines, its dates above all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from indexer.documents import Json

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATES = ("datePublished", "dateModified")
_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author")
# Of schema.org: NewsArticle, LiveBlogPosting, Report and what is derived from them.
_ARTICLES = ("Article", "Posting", "Report")
_PAGES = ("Page",)
# A shorter paragraph above the text may be a byline with its date.
_SHORTEST_PARAGRAPH = 80


def declarations(tree: HtmlElement) -> dict[str, str]:
    """What a page says about itself in `meta`, JSON-LD, microdata and `time`, by lower-case name.

    Where they differ, the first of these four is believed.
    """
    declared = {"title": tree.findtext(".//title") or ""}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        declared.setdefault(name.lower(), meta.get("content") or "")
    for name, written in [*_linked_data(tree), *_times(tree)]:
        declared.setdefault(name.lower(), written)
    return {name: value.strip() for name, value in declared.items() if value.strip()}


def declared_authors(tree: HtmlElement) -> list[str]:
    """The names of its authors as a page writes them: in JSON-LD of the article, else in `meta`.

    One of them may be a byline that names several people.
    """
    for node in _linked(tree):
        written = node.get("author") if _is_one_of(node, _ARTICLES) else None
        if names := _names(written if isinstance(written, list) else [written]):
            return names
    metas = [
        ((meta.get("property") or meta.get("name") or "").lower(), meta.get("content"))
        for meta in tree.iter("meta")
    ]
    # The same people may be named again, and otherwise, under the next.
    found = (_names([it for name, it in metas if name == declared]) for declared in _AUTHORS)
    return next(filter(None, found), [])


def _names(authors: list[Json]) -> list[str]:
    written = [author.get("name") if isinstance(author, dict) else author for author in authors]
    names = [unescape(name).strip() for name in written if isinstance(name, str)]
    # The address of their page is no name.
    return [name for name in names if name and "://" not in name]


def _linked(tree: HtmlElement) -> list[dict[str, Json]]:
    scripts = [it for it in tree.iter("script") if it.get("type") == "application/ld+json"]
    return [node for script in scripts for node in _nodes(script.text or "")]


def _linked_data(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """The dates in JSON-LD of schema.org: of an article, else of the page or of nothing named."""
    nodes = _linked(tree)
    articles = [node for node in nodes if _is_one_of(node, _ARTICLES)]
    pages = [node for node in nodes if "@type" not in node or _is_one_of(node, _PAGES)]
    for node in articles + pages:
        for name in _DATES:
            if isinstance(written := node.get(name), str):
                yield name, written


def _nodes(script: str) -> list[dict[str, Json]]:
    """The objects of a JSON-LD block; a block that is no JSON has none."""
    try:
        value: Json = json.loads(script)
    except (ValueError, RecursionError):
        return []
    nodes = value if isinstance(value, list) else [value]
    graphs = [node.get("@graph") for node in nodes if isinstance(node, dict)]
    nodes = nodes + [node for graph in graphs if isinstance(graph, list) for node in graph]
    return [node for node in nodes if isinstance(node, dict)]


def _is_one_of(node: dict[str, Json], endings: tuple[str, ...]) -> bool:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and kind.endswith(endings) for kind in listed)


def _times(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Each `time` of the article that says what it is, or that stands above the text.

    In the text a `time` is that of an event, beside it (`aside`) that of another article.
    """
    above = True
    for element in tree.iter("p", "time"):
        around = {ancestor.tag for ancestor in element.iterancestors()}
        if around.isdisjoint(("article", "main")) or "aside" in around:
            continue
        if element.tag == "p":
            short = len(element.text_content().strip()) < _SHORTEST_PARAGRAPH
            above = above and (short or "header" in around)
        elif above or "header" in around or _is_marked(element):
            yield element.get("itemprop") or "datePublished", element.get("datetime") or ""


def _is_marked(time: HtmlElement) -> bool:
    return bool(time.get("itemprop")) or time.get("pubdate") is not None
