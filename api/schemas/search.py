"""What `/search` takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load
from marshmallow.validate import OneOf

from api.schemas.articles import CITATION, ArticleSummarySchema
from api.schemas.described import described
from api.schemas.fields import Text
from api.schemas.filters import FilterArguments, JsonBody, PageArguments, filters_of
from api.schemas.total import TotalSchema
from api.search.citation import cite
from api.search.query import Query, Ranking

MAX_QUERY_LENGTH = 2048
MODES = ("hybrid", "dense", "lexical")

_QUESTION = described(
    "The question, in plain words.", "Nansei island chain deployments", minLength=1
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A query with its ranking, and how long that took in milliseconds."""

    query: Query
    ranking: Ranking
    took_ms: float


class UrlQuestion(Schema):
    """The question as a URL parameter."""

    text = Text(data_key="q", required=True, length=MAX_QUERY_LENGTH, metadata=_QUESTION)


class BodyQuestion(Schema):
    """The question as a member of a body."""

    text = Text(data_key="query", required=True, length=MAX_QUERY_LENGTH, metadata=_QUESTION)


class ModeArguments(Schema):
    """How to look for the answer."""

    mode = fields.String(
        load_default="hybrid",
        validate=OneOf(MODES, error=f"Must be one of: {', '.join(MODES)}."),
        metadata=described(
            "What to look by: meaning (`dense`), words (`lexical`) or both (`hybrid`).", "hybrid"
        ),
    )

    @post_load
    def search_query(self, values: dict[str, Any], **_: Any) -> Query:
        """The parameters as a value."""
        return Query(
            text=values["text"],
            mode=values["mode"],
            filters=filters_of(values),
            limit=values["limit"],
            cursor=values.get("cursor"),
        )


# marshmallow lists fields from the last base to the first: the question comes first.
class SearchParameters(PageArguments, FilterArguments, ModeArguments, UrlQuestion):
    """The URL parameters of `GET /search`."""


class SearchBody(JsonBody, PageArguments, FilterArguments, ModeArguments, BodyQuestion):
    """The body of `POST /search`."""


class PassageSchema(Schema):
    """The piece of an article that answers."""

    id = fields.String(
        required=True, metadata=described("Identifier.", "wire/0412-defence-talks#3")
    )
    text = fields.String(
        required=True,
        metadata=described(
            "The passage: `text[start:end]` of its article.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )
    start = fields.Integer(
        required=True, metadata=described("Where it begins in the text, in code points.", 1204)
    )
    end = fields.Integer(
        required=True, metadata=described("Where it ends, in code points; not included.", 1264)
    )


class HitSchema(Schema):
    """One result."""

    rank = fields.Integer(
        required=True, metadata=described("Place in the ranking, from 1, over all pages.", 1)
    )
    score = fields.Float(
        required=True,
        metadata=described("Higher is better; comparable within one ranking only.", 0.91),
    )
    passage = fields.Nested(
        PassageSchema(), required=True, metadata=described("The passage found.")
    )
    article = fields.Nested(
        ArticleSummarySchema(), required=True, metadata=described("The article it is from.")
    )
    citation = fields.Function(
        lambda hit: cite(hit.article),
        required=True,
        metadata=described("Title, source, date and address in a line.", CITATION, type="string"),
    )


class SearchResponse(Schema):
    """One page of a ranking; dumps an `Answer`."""

    query = fields.String(
        attribute="query.text",
        required=True,
        metadata=described("The question as it was asked.", "Nansei island chain deployments"),
    )
    generation = fields.String(
        attribute="ranking.generation",
        required=True,
        metadata=described("The generation of the index that answered.", "000001-1f3a9c2e"),
    )
    took_ms = fields.Float(
        required=True, metadata=described("Milliseconds the search took, without HTTP.", 6.4)
    )
    total = fields.Nested(
        TotalSchema(),
        attribute="ranking.total",
        required=True,
        metadata=described("How many passages the ranking holds."),
    )
    hits = fields.List(
        fields.Nested(HitSchema()),
        attribute="ranking.hits",
        required=True,
        metadata=described("The passages, best first."),
    )
    next_cursor = fields.String(
        attribute="ranking.next_cursor",
        required=True,
        allow_none=True,
        metadata=described(
            "Send it as `cursor` for the next page; null on the last.",
            "WyIwMDAwMDEtMWYzYTljMmUiLCI5YjFkZjAyMyIsMTBd",
        ),
    )
