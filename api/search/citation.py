"""Citations: where a passage comes from, in one line a person can read."""

from __future__ import annotations

from urllib.parse import quote

from indexer.documents import Article

# Not by `strftime`: that speaks the language of the process, and takes longer.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def cite(article: Article) -> str:
    """Title, source, date and, where there is one, address of `article`, on one line."""
    parts = (
        f"“{article.title}”",
        article.source or "unknown source",
        date_line(article),
        article.url or "",
    )
    return ", ".join(" ".join(part.split()) for part in parts if part)


def reference(article: Article) -> str:
    """The address of `article`, or where it has none a name for it that looks like one."""
    return article.url or f"urn:dateline:article:{quote(article.id, safe='')}"


def date_line(article: Article) -> str:
    """The day `article` was published, where it was published, or "undated"."""
    published = article.published_at
    if published is None:
        return "undated"
    return f"{published.day} {_MONTHS[published.month - 1]} {published.year}"
