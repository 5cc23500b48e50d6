"""What a search is asked with: in a URL, in a body, or several in one body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from marshmallow import Schema, ValidationError, fields, post_load, pre_load
from marshmallow.validate import Length

from api.schemas.described import described
from api.schemas.either import Either
from api.schemas.fields import Choice, Flag, HalfLife, Names, Share, Text, refusals
from api.schemas.filters import (
    Conditions,
    FilterArguments,
    JsonBody,
    LimitArgument,
    PageArguments,
    filters_of,
)
from api.schemas.strict import Strict
from api.search.query import Collapse, Facet, Mode, Query, Sort

MAX_QUERY_LENGTH = 2048
MAX_QUERIES = 32
Format = Literal["json", "anthropic"]
FACETS: tuple[Facet, ...] = get_args(Facet)

_QUESTION = described(
    'The question, in plain words. "Words in quotes" must be there, `-word` and `-"some words"` '
    "must not; `source:NAME`, `-source:NAME`, `after:DATE` and `before:DATE` choose articles. "
    "Anything else is plain text, and nothing is an error.",
    "Nansei island chain deployments",
    'Okinawa "missile battery" -election after:2026-01',
    minLength=1,
)


class UrlQuestion(Strict):
    """The question as a URL parameter."""

    text = Text(data_key="q", required=True, length=MAX_QUERY_LENGTH, metadata=_QUESTION)


class BodyQuestion(Strict):
    """The question as a member of a body."""

    text = Text(data_key="query", required=True, length=MAX_QUERY_LENGTH, metadata=_QUESTION)


class RetrievalArguments(Strict):
    """How to look for the answer."""

    mode = Choice(
        get_args(Mode),
        load_default="hybrid",
        metadata=described(
            "What to look by: meaning (`dense`), words (`lexical`) or both (`hybrid`).", "hybrid"
        ),
    )
    min_relevance = Share(
        metadata=described(
            "Only hits of this relevance or more. It takes the place of the calibrated "
            "threshold: a question whose best hit stays below it has no hits.",
            0.5,
        ),
    )
    include_weak = Flag(
        load_default=False,
        metadata=described(
            "Show the nearest passages even when they are not relevant enough to answer.", True
        ),
    )
    recency_half_life = HalfLife(
        metadata=described(
            "Prefer new articles: a part of the score is halved with each such age. A number "
            "with `h`, `d` or `w` for hours, days or weeks, from 1h to 3650d. Words such as "
            "“latest” in the question ask for it by themselves.",
            "7d",
            type="string",
        ),
    )


class RankingArguments(RetrievalArguments):
    """How to look for the answer, and what to tell of it."""

    collapse = Choice(
        get_args(Collapse),
        load_default="none",
        metadata=described(
            "`article`: one hit an article, with its further passages in `collapsed`.", "article"
        ),
    )
    sort = Choice(
        get_args(Sort),
        load_default="relevance",
        metadata=described(
            "The order of the hits: best first, or by the date of the article, undated ones last.",
            "newest",
        ),
    )
    facets = Names(
        "Count the hits by these.", "source", Choice(FACETS, metadata={"examples": ["source"]})
    )
    explain = Flag(
        load_default=False,
        metadata=described("Tell how each hit came by its score.", True),
    )


# marshmallow lists fields from the last base to the first: the question comes first.
class SearchParameters(PageArguments, FilterArguments, RankingArguments, UrlQuestion):
    """The URL parameters of `GET /search`."""

    format = Choice(
        get_args(Format),
        load_default="json",
        metadata=described(
            "`anthropic`: the hits as content blocks of Anthropic's API, for a model to cite.",
            "anthropic",
        ),
    )

    @post_load
    def query(self, values: dict[str, Any], **_: Any) -> tuple[Query, Format]:
        """The parameters as a value, and the format of the answer."""
        return query_of(values), values["format"]


class SearchBody(JsonBody, PageArguments, FilterArguments, RankingArguments, BodyQuestion):
    """One query, as the body of `POST /search` or an entry of it."""

    @post_load
    def query(self, values: dict[str, Any], **_: Any) -> Query:
        """The members as a value."""
        return query_of(values)


class Shared(JsonBody, LimitArgument, FilterArguments, RankingArguments):
    """What holds for every entry of a batch that does not say otherwise itself."""


class Entry(fields.Field[Query]):
    """One query of several: the question alone, or an object of parameters."""

    default_error_messages = refusals("Must be a question, or an object of parameters.")
    _schema = SearchBody()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Query:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        query: Query = self._schema.load(value)
        return query


class SearchBatch(Shared):
    """Several queries, answered from one generation; members beside them hold for each."""

    queries = fields.List(
        Entry(
            metadata={
                "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/SearchBody"}],
                "description": "The question alone, or an object of parameters.",
            }
        ),
        required=True,
        validate=Length(1, MAX_QUERIES, error=f"Must hold from 1 to {MAX_QUERIES} queries."),
        error_messages=dict(refusals("Must be an array of queries.")),
        metadata=described(
            "The queries, answered in this order.",
            ["Nansei island chain deployments", {"query": "election", "limit": 3}],
        ),
    )
    _shared = Shared()

    @pre_load
    def spread(self, body: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        """Give each entry what it does not give itself; what is wrong beside them, to none."""
        if "query" in body:
            raise ValidationError("Give either `query` or `queries`, not both.", "query")
        beside = {name: body[name] for name in _names(self._shared) if name in body}
        wrong = self._shared.validate(beside)
        shared = {name: value for name, value in beside.items() if name not in wrong}
        entries = body["queries"]
        if not isinstance(entries, list):
            return body
        return {**body, "queries": [_entry(entry, shared) for entry in entries]}

    @post_load
    def all_queries(self, values: dict[str, Any], **_: Any) -> tuple[Query, ...]:
        """The queries as values."""
        return tuple(values["queries"])


class SearchRequest(Either):
    """The body of `POST /search`: a query, or several."""

    alternatives = (SearchBody(), SearchBatch())

    def load(self, data: Any, **keywords: Any) -> Query | tuple[Query, ...]:
        """The query, or the queries, in a body."""
        one, several = self.alternatives
        read: Query | tuple[Query, ...] = (several if "queries" in data else one).load(
            data, **keywords
        )
        return read


class WhyNotBody(JsonBody, LimitArgument, Conditions, RankingArguments, BodyQuestion):
    """The body of `POST /search/why-not`."""

    article_id = Text(
        required=True,
        metadata=described(
            "The article asked about.",
            "wire/0412-defence-talks",
        ),
    )

    @post_load
    def asked(self, values: dict[str, Any], **_: Any) -> tuple[Query, str]:
        """The query, and the id of the article."""
        article_id: str = values.pop("article_id")
        return query_of(values), article_id


def query_of(values: Mapping[str, Any]) -> Query:
    """Loaded parameters as a query, equal for equal questions in whatever order."""
    wanted = values.get("facets", ())
    return Query(
        text=values["text"],
        mode=values["mode"],
        filters=filters_of(values),
        limit=values["limit"],
        cursor=values.get("cursor"),
        min_relevance=values.get("min_relevance"),
        include_weak=values["include_weak"],
        collapse=values["collapse"],
        sort=values["sort"],
        recency_half_life=values.get("recency_half_life"),
        facets=tuple(facet for facet in FACETS if facet in wanted),
        explain=values["explain"],
    )


def _names(schema: Schema) -> list[str]:
    return [field.data_key or name for name, field in schema.load_fields.items()]


def _entry(entry: object, shared: Mapping[str, Any]) -> object:
    if isinstance(entry, str):
        return {**shared, "query": entry}
    return {**shared, **entry} if isinstance(entry, dict) else entry
