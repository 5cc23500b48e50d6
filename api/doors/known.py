"""What is known of an article, as plain values without nulls: what other systems call metadata."""

from __future__ import annotations

from indexer.documents import Article, Json, Passage


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


def place(passage: Passage) -> dict[str, Json]:
    """Where a passage is in the text of its article, in code points."""
    return {"passage_id": passage.id, "start": passage.start, "end": passage.end}
