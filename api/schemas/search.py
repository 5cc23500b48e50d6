"""What `/search` answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import Schema, fields

from api.schemas import outcome
from api.schemas.described import described
from api.schemas.either import Either
from api.schemas.hits import HitSchema
from api.schemas.total import TotalSchema
from api.search.query import Query, Ranking
from indexer.documents import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """A query with its ranking, and how long that took in milliseconds."""

    query: Query
    ranking: Ranking
    took_ms: float


class FacetCountSchema(Schema):
    """How many hits have a value."""

    value = fields.String(required=True, metadata=described("The value.", "Meridian Wire"))
    count = fields.Integer(required=True, metadata=described("How many hits have it.", 4))


class RankingSchema(Schema):
    """One page of a ranking, with all that can be asked for; dumps an `Answer`."""

    query = fields.String(
        attribute="query.text",
        required=True,
        metadata=described("The question as it was asked.", "Nansei island chain deployments"),
    )
    generation = outcome.generation("ranking.generation")
    took_ms = fields.Float(
        required=True,
        metadata=described(
            "Milliseconds the search took, without HTTP; in a batch, those of all.", 6.4
        ),
    )
    answerable = outcome.answerable("ranking.answerable")
    reason = outcome.reason("ranking.reason")
    exact = fields.Boolean(
        attribute="ranking.exact",
        required=True,
        metadata=described(
            "Whether no better passage can have been overlooked; false where a large index was "
            "searched approximately.",
            True,
        ),
    )
    degraded = fields.List(
        fields.String(),
        attribute="ranking.degraded",
        required=True,
        metadata=described("What failed on the way, and was done without.", ["reranker"]),
    )
    total = fields.Nested(
        TotalSchema(),
        attribute="ranking.total",
        required=True,
        metadata=described("How many hits the ranking holds."),
    )
    facets = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(FacetCountSchema())),
        attribute="ranking.facets",
        metadata=described(
            "For each facet asked for, the values of all hits, most frequent first; a hit of "
            "several authors counts for each. There when asked for only.",
            {"source": [{"value": "Meridian Wire", "count": 4}]},
        ),
    )
    hits = fields.List(
        fields.Nested(HitSchema()),
        attribute="ranking.hits",
        required=True,
        metadata=described("The passages, in the order asked for."),
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


class SearchResponse(RankingSchema):
    """One page of a ranking, with what was asked for; dumps an `Answer`."""

    def dump(self, obj: Answer, **_: Any) -> dict[str, Json]:
        """The answer as JSON; members that were not asked for are not there."""
        query = obj.query
        wanted = {
            "facets": bool(query.facets),
            "hits.collapsed": query.collapse == "article",
            "hits.explanation": query.explain,
        }
        left_out = tuple(name for name, asked in wanted.items() if not asked)
        dumped: dict[str, Json] = _without(left_out).dump(obj)
        return dumped


class BatchResponse(Schema):
    """The answers to several queries."""

    results = fields.List(
        fields.Nested(SearchResponse()),
        required=True,
        metadata=described(
            "One answer a query, in their order, all from one generation; only a cursor leads into "
            "its own."
        ),
    )


class SearchAnswer(Either):
    """What `POST /search` answers: an answer, or several."""

    alternatives = (SearchResponse(), BatchResponse())

    def dump(self, obj: Answer | Sequence[Answer], **_: Any) -> dict[str, Json]:
        """The answer, or answers, as JSON."""
        one, several = self.alternatives
        dumped: dict[str, Json] = (
            one.dump(obj) if isinstance(obj, Answer) else several.dump({"results": obj})
        )
        return dumped


# A schema each, because taking members out again would cost every answer some tens of µs.
@cache
def _without(members: tuple[str, ...]) -> RankingSchema:
    return RankingSchema(exclude=members)
