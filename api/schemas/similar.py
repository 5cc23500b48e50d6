"""What `/articles/{id}/similar` and `/passages/{id}/similar` take and give."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from api.schemas import outcome
from api.schemas.articles import CITATION, ArticleSummarySchema
from api.schemas.described import described
from api.schemas.fields import Rounded
from api.schemas.filters import FilterArguments, LimitArgument, filters_of
from api.schemas.hits import SCORE_DIGITS, PassageSchema
from api.search.citation import cite
from api.search.listing import Listing


class SimilarParameters(LimitArgument, FilterArguments):
    """The URL parameters of both."""

    @post_load
    def listing(self, values: dict[str, Any], **_: Any) -> Listing:
        """The parameters as a value."""
        return Listing(filters_of(values), values["limit"])


class NeighbourSchema(Schema):
    """An article near to the one asked about."""

    rank = fields.Integer(required=True, metadata=described("Place in the list, from 1.", 1))
    score = Rounded(
        SCORE_DIGITS,
        required=True,
        metadata=described("Cosine of the two, from -1 to 1.", 0.74),
    )
    passage = fields.Nested(
        PassageSchema(), required=True, metadata=described("Its passage nearest in meaning.")
    )
    article = fields.Nested(
        ArticleSummarySchema(), required=True, metadata=described("The article.")
    )
    citation = fields.Function(
        lambda hit: cite(hit.article),
        required=True,
        metadata=described("Title, source, date and address in a line.", CITATION, type="string"),
    )


class NeighboursSchema(Schema):
    """The articles nearest in meaning, one entry each."""

    generation = outcome.generation()
    exact = fields.Boolean(
        required=True,
        metadata=described(
            "Whether no nearer article can have been overlooked; false where a large index was "
            "searched approximately.",
            True,
        ),
    )
    hits = fields.List(
        fields.Nested(NeighbourSchema()),
        required=True,
        metadata=described("Nearest first; none is the article asked about."),
    )
