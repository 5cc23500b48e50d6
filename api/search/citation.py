"""Citations: where a passage comes from, in one line a person can read."""

from __future__ import annotations

from datetime import datetime
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
    return day_line(article.published_at)


def day_line(moment: datetime | None) -> str:
    """A day in words, where it was that day, or "undated"."""
    if moment is None:
        return "undated"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
