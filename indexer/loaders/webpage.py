"""`.html`: trafilatura for body and metadata, dates and authors as the page declares them.

htmldate, which trafilatura asks for dates, takes 03/04/2026 for the third of April; of names
trafilatura drops full stops, and those of one word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from indexer.errors import UnreadableFile
from indexer.loaders.declarations import declarations, declared_authors
from indexer.loaders.decoding import mend
from indexer.loaders.draft import Draft
from indexer.loaders.records import split_authors

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "pubdate"),
    *("publish-date", "dc.date", "dc.date.issued", "dcterms.issued", "parsely-pub-date"),
)
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")
_LONGEST_BYLINE = 150


def load_page(stream: BinaryIO) -> Iterator[Draft]:
    """The one article of a web page; raises UnreadableFile when no article text is found."""
    import trafilatura

    data = stream.read()
    # trafilatura would take a page with one bad byte for one in an old encoding.
    mended = mend(data)
    tree = trafilatura.load_html(mended.text if mended else data)
    if tree is None:
        raise UnreadableFile("it is no web page that can be read")
    declared = declarations(tree)
    language = tree.get("lang") or declared.get("language", "")
    page = _extract(tree)
    title = _written(page.title) or _first(declared, ("og:title", "title"))
    authors = _authors(tree, page)
    yield Draft(
        text=_body(page.text or "", title, authors),
        title=title,
        source=declared.get("og:site_name") or _publisher(page.sitename),
        url=page.url or "",
        authors=authors,
        published_at=_first(declared, _PUBLISHED),
        updated_at=_first(declared, _UPDATED),
        section=declared.get("article:section") or _written(next(iter(page.categories or []), "")),
        language=language,
        metadata={"description": page.description} if page.description else {},
        doubts=(mended.doubt,) if mended else (),
    )


def _authors(tree: HtmlElement, page: Document) -> tuple[str, ...]:
    """As the page declares them, by the rule for JSON; else as trafilatura reads its byline."""
    names = declared_authors(tree)
    if not names:
        return tuple(page.author.split("; ")) if page.author else ()
    return split_authors(names[0]) if len(names) == 1 else tuple(names)


def _extract(tree: HtmlElement) -> Document:
    import trafilatura

    try:
        page = trafilatura.bare_extraction(
            tree,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False},
        )
    except Exception as error:
        # trafilatura documents no errors, and one page must not end the run.
        raise UnreadableFile(f"it is malformed: {type(error).__name__} in trafilatura") from error
    if page is None or isinstance(page, dict) or not page.text:
        raise UnreadableFile("no article text was found in the page")
    return page


def _written(value: object) -> str:
    """What trafilatura hands on of JSON-LD, where a headline may be a list or a number."""
    return value if isinstance(value, str) else ""


def _body(text: str, title: str, authors: tuple[str, ...]) -> str:
    """The text without the headline and byline that trafilatura leaves on top of it."""
    first, _, rest = text.partition("\n")
    if rest and first.strip() == title:
        text = rest
    first, _, rest = text.partition("\n")
    return rest if rest and _is_byline(first, authors) else text


def _is_byline(line: str, authors: tuple[str, ...]) -> bool:
    names = line.casefold().removeprefix("by ")
    named = any(names.startswith(author.casefold()) for author in authors)
    return named and len(line) <= _LONGEST_BYLINE and not line.rstrip().endswith((".", "”", '"'))


def _publisher(site_name: str | None) -> str:
    """The site's name, unless it is only the host name trafilatura falls back on."""
    return site_name if site_name and ("." not in site_name or " " in site_name) else ""


def _first(declared: dict[str, str], names: tuple[str, ...]) -> str:
    return next((declared[name] for name in names if name in declared), "")
