"""What is told of an article to systems that want an address and plain values for everything."""

from __future__ import annotations

from urllib.parse import quote

from indexer.documents import Article, Json


def reference(article: Article) -> str:
    """The address of an article, or where it has none a name for it that looks like one."""
    return article.url or f"urn:dateline:article:{quote(article.id, safe='')}"


def known(article: Article) -> dict[str, Json]:
    """What is known of an article besides its text; what is not known is not there."""
    published = article.published_at
    members: dict[str, Json] = {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "author": ", ".join(article.authors),
        "url": article.url,
        "published_at": published.isoformat() if published else None,
        "section": article.section,
        "language": article.language,
    }
    return {name: value for name, value in members.items() if value}
