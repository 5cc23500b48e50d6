"""Articles and passages as rows of a store, and back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from indexer.documents import Article, Passage
from indexer.engines.manifest import timestamp

Row = tuple[Any, ...]


def row_of(article: Article) -> Row:
    return (
        article.id,
        article.title,
        article.text,
        article.source,
        article.url,
        json.dumps(article.authors, ensure_ascii=False),
        timestamp(article.published_at),
        timestamp(article.updated_at),
        article.section,
        article.language,
        article.dateline,
        article.title_inferred,
        json.dumps(dict(article.metadata), ensure_ascii=False),
    )


def article_of(row: Row) -> Article:
    (id_, title, text, source, url, authors, published, updated, *rest) = row
    section, language, dateline, title_inferred, metadata = rest
    return Article(
        id=id_,
        title=title,
        text=text,
        source=source,
        url=url,
        authors=tuple(json.loads(authors)),
        published_at=datetime.fromisoformat(published) if published else None,
        updated_at=datetime.fromisoformat(updated) if updated else None,
        section=section,
        language=language,
        dateline=dateline,
        title_inferred=bool(title_inferred),
        metadata=json.loads(metadata),
    )


def passage_of(article: Article, passage_id: str, start: int, end: int) -> Passage:
    return Passage(passage_id, article.id, article.text[start:end], start, end)
