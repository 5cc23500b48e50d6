"""Evidence for sentences that cite none, looked up in the index."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from api.grounding.verdict import Cited
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.documents import Article, Span

PASSAGES = 5
# Searched for as plain words: in a query, quotation marks and the like are orders.
_SYNTAX = regex.compile(r"[\"“”„«»「」『』:<>()]|(?<!\w)[-–—]")
_LONGEST = 2048


def looked_up(searcher: Searcher, texts: Sequence[str]) -> list[list[Cited]]:
    """The articles of the passages nearest to each text, best first, each article once."""
    queries = [
        Query(_SYNTAX.sub(" ", text)[:_LONGEST], limit=PASSAGES, include_weak=True)
        for text in texts
    ]
    rankings = searcher.answers(searcher.asked(queries))
    return [
        list({hit.article.id: _whole(hit.article) for hit in ranking.hits}.values())
        for ranking in rankings
    ]


def _whole(article: Article) -> Cited:
    return Cited(article, Span(0, len(article.text)))
