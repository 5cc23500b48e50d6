"""What `/search/why-not` answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from api.schemas.described import described
from api.schemas.fields import Rounded
from api.schemas.hits import (
    RELEVANCE,
    RELEVANCE_DIGITS,
    SCORE_DIGITS,
    ExplanationSchema,
    PassageSchema,
)
from api.search.query import Query
from api.search.why_not import Verdict, WhyNot
from api.search.wording import why_not_sentence


@dataclass(frozen=True, slots=True)
class Told:
    """A query, and what became of an article under it."""

    query: Query
    found: WhyNot


class NeededSchema(Schema):
    """What stood between an article and the page."""

    name = fields.String(
        required=True,
        validate=OneOf(["relevance", "score"]),
        metadata=described("What was too low.", "relevance"),
    )
    bound = Rounded(SCORE_DIGITS, required=True, metadata=described("What was needed.", 0.37))
    had = Rounded(
        SCORE_DIGITS,
        required=True,
        metadata=described("What the article had.", 0.12),
    )


class WhyNotSchema(Schema):
    """What became of one article under one query; dumps a `Told`."""

    query = fields.String(
        attribute="query.text",
        required=True,
        metadata=described("The question as it was asked.", "Nansei island chain deployments"),
    )
    generation = fields.String(
        attribute="found.generation",
        required=True,
        metadata=described("The generation of the index that was looked at.", "000001-1f3a9c2e"),
    )
    article_id = fields.String(
        attribute="found.article_id",
        required=True,
        metadata=described("The article asked about.", "wire/0412-defence-talks"),
    )
    verdict = fields.String(
        attribute="found.verdict",
        required=True,
        validate=OneOf(get_args(Verdict)),
        metadata=described(
            "`not_indexed`; `excluded` by a condition; `without_match`: meets the conditions and "
            "has nothing to be found by; `not_answerable`: the query has no hits at all; `weak`: "
            "below the relevance that is needed; `outranked`: not among the first `limit`; "
            "`found`.",
            "outranked",
        ),
    )
    message = fields.Function(
        lambda told: why_not_sentence(told.query, told.found),
        required=True,
        metadata=described(
            "The same for people: what kept it out, and what it would have needed.",
            "It is hit 14, and the first 10 were asked for: a limit of 14 shows it.",
            type="string",
        ),
    )
    excluded_by = fields.List(
        fields.String(),
        attribute="found.excluded_by",
        required=True,
        metadata=described(
            "The conditions it does not meet: names of filters, phrases as in the question.",
            ["source", '-"ferry"'],
        ),
    )
    passage = fields.Nested(
        PassageSchema(),
        attribute="found.passage",
        required=True,
        allow_none=True,
        metadata=described("Its best passage; null when none was looked at."),
    )
    rank = fields.Integer(
        attribute="found.rank",
        required=True,
        allow_none=True,
        metadata=described("Its place among the hits; null when it is not known.", 14),
    )
    dense_rank = fields.Integer(
        attribute="found.dense_rank",
        required=True,
        allow_none=True,
        metadata=described("The best place of its passages by meaning, over all passages.", 31),
    )
    lexical_rank = fields.Integer(
        attribute="found.lexical_rank",
        required=True,
        allow_none=True,
        metadata=described("The best place of its passages by words, over all passages.", 12),
    )
    score = Rounded(
        SCORE_DIGITS,
        attribute="found.score",
        required=True,
        allow_none=True,
        metadata=described("The score of that passage.", 0.41),
    )
    relevance = Rounded(
        RELEVANCE_DIGITS,
        attribute="found.relevance",
        required=True,
        allow_none=True,
        metadata=RELEVANCE,
    )
    needed = fields.Nested(
        NeededSchema(),
        attribute="found.needed",
        required=True,
        allow_none=True,
        metadata=described("What it would have needed; null when that is no number."),
    )
    explanation = fields.Nested(
        ExplanationSchema(),
        attribute="found.explanation",
        required=True,
        allow_none=True,
        metadata=described("How that passage came by its score."),
    )
