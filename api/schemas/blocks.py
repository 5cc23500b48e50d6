"""Hits as `search_result` blocks of Anthropic's API, whose models cite them by sentence.

https://docs.claude.com/en/docs/build-with-claude/search-results: a block a passage, a text in it a
sentence. The blocks take no other members, so what is known beyond stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from api.schemas.described import described
from api.schemas.either import Either
from api.schemas.hits import RELEVANCE_DIGITS
from api.schemas.search import Answer, RankingSchema, SearchResponse
from api.search.citation import reference
from api.search.query import Hit, Query, Ranking
from indexer.documents import Json, Span
from indexer.sentences import sentences


@dataclass(frozen=True, slots=True)
class Blocks:
    """A query with its ranking, to be told in blocks."""

    query: Query
    ranking: Ranking


class BlockTextSchema(Schema):
    """A sentence."""

    type = fields.String(required=True, metadata=described("Always `text`.", "text"))
    text = fields.String(
        required=True,
        metadata=described(
            "The sentence, verbatim.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )


class BlockCitationsSchema(Schema):
    """Whether a block may be cited."""

    enabled = fields.Boolean(required=True, metadata=described("Always true.", True))


class BlockSchema(Schema):
    """A passage as a content block."""

    type = fields.String(
        required=True, metadata=described("Always `search_result`.", "search_result")
    )
    source = fields.String(
        required=True,
        metadata=described("The address of the article.", "https://meridian.example/0412"),
    )
    title = fields.String(
        required=True,
        metadata=described("The title of the article.", "Defence chiefs meet in Washington"),
    )
    content = fields.List(
        fields.Nested(BlockTextSchema()),
        required=True,
        metadata=described("The sentences of the passage, in order."),
    )
    citations = fields.Nested(
        BlockCitationsSchema(), required=True, metadata=described("That it may be cited.")
    )


class BlockPlaceSchema(Schema):
    """Where the texts of a block stand."""

    article_id = fields.String(
        required=True, metadata=described("The article.", "wire/0412-defence-talks")
    )
    passage_id = fields.String(
        required=True, metadata=described("The passage.", "wire/0412-defence-talks#3")
    )
    relevance = fields.Float(
        required=True,
        allow_none=True,
        metadata=described("The probability, 0 to 1, that it answers.", 0.87),
    )
    sentences = fields.List(
        fields.List(fields.Integer()),
        required=True,
        metadata=described(
            "Where each text begins and ends in that of the article, in code points.",
            [[1204, 1264]],
        ),
    )


class BlocksSchema(RankingSchema):
    """A page of a ranking in content blocks; dumps `Blocks`."""

    class Meta:
        exclude = ("took_ms", "facets", "hits", "exact", "total")

    content = fields.List(
        fields.Nested(BlockSchema()),
        required=True,
        metadata=described("The content of a tool result, or of a message: a block a hit."),
    )
    places = fields.List(
        fields.Nested(BlockPlaceSchema()),
        required=True,
        metadata=described("For each block, what it shows: for citations, which count blocks."),
    )

    def dump(self, obj: Blocks, **_: Any) -> dict[str, Json]:
        """The ranking as JSON."""
        ranking = obj.ranking
        split = [(hit, _sentences(hit)) for hit in ranking.hits]
        return {
            "query": obj.query.text,
            "generation": ranking.generation,
            "answerable": ranking.answerable,
            "reason": ranking.reason,
            "degraded": list(ranking.degraded),
            "next_cursor": ranking.next_cursor,
            "content": [_block(hit, spans) for hit, spans in split],
            "places": [_place(hit, spans) for hit, spans in split],
        }


_PLAIN, _BLOCKS = SearchResponse(), BlocksSchema()


class FormattedAnswer(Either):
    """What `GET /search` answers, in the format asked for."""

    alternatives = (_PLAIN, _BLOCKS)

    def dump(self, obj: Answer | Blocks, **_: Any) -> dict[str, Json]:
        """The answer as JSON."""
        return _PLAIN.dump(obj) if isinstance(obj, Answer) else _BLOCKS.dump(obj)


def _sentences(hit: Hit) -> list[Span]:
    """The sentences of a passage as spans of its article; every one of them is cited as it is."""
    start = hit.passage.start
    spans = sentences(hit.passage.text, hit.article.language)
    return [Span(start + span.start, start + span.end) for span in spans]


def _block(hit: Hit, spans: list[Span]) -> dict[str, Json]:
    text = hit.article.text
    return {
        "type": "search_result",
        "source": reference(hit.article),
        "title": hit.article.title,
        "content": [{"type": "text", "text": span.of(text)} for span in spans],
        "citations": {"enabled": True},
    }


def _place(hit: Hit, spans: list[Span]) -> dict[str, Json]:
    relevance = hit.relevance
    return {
        "article_id": hit.article.id,
        "passage_id": hit.passage.id,
        "relevance": None if relevance is None else round(relevance, RELEVANCE_DIGITS),
        "sentences": [[span.start, span.end] for span in spans],
    }
