"""What conditions look at in an article, in the spelling in which they compare it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from indexer.documents import Article
from indexer.engines.base import keys_of

Name: TypeAlias = Literal["source", "section", "language", "author", "article_id"]
Text: TypeAlias = Name | Literal["title", "url"]


@dataclass(frozen=True, slots=True)
class Facts:
    """One article as conditions see it, made once however many of them look.

    `keys` are those that `Filters` is compared with; `texts` has, folded, those of each field:
    several authors, and none where it is not known.
    """

    keys: frozenset[str]
    texts: Mapping[Text, tuple[str, ...]]
    published_at: datetime | None


def facts_of(article: Article) -> Facts:
    """What there is to compare of `article`."""
    texts: dict[Text, tuple[str | None, ...]] = {
        "source": (article.source,),
        "section": (article.section,),
        "language": (article.language,),
        "author": article.authors,
        "article_id": (article.id,),
        "title": (article.title,),
        "url": (article.url,),
    }
    known = {field: tuple(folded(own) for own in every if own) for field, every in texts.items()}
    return Facts(frozenset(keys_of(article)), known, article.published_at)


def folded(text: str) -> str:
    """A text as names are compared: in any case, and in one of its spellings in Unicode."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
