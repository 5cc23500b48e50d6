"""What `/context` is asked with, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load
from marshmallow.validate import Range

from api.grounding.context import Context
from api.grounding.tokenizers import ENCODER
from api.schemas import outcome
from api.schemas.articles import CITATION, ArticleSummarySchema
from api.schemas.described import described
from api.schemas.fields import Text, WholeNumber
from api.schemas.filters import FilterArguments, JsonBody, filters_of
from api.schemas.hits import QUOTE, quotes
from api.schemas.query import BodyQuestion, RetrievalArguments
from api.search.citation import cite
from api.search.query import Query

DEFAULT_TOKENS, MOST_TOKENS, MOST_PASSAGES = 2_048, 200_000, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """A context as it was asked for: the question, and what the block may hold."""

    query: Query
    max_tokens: int
    tokenizer: str
    max_passages: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """A context with what it was asked for."""

    wanted: Wanted
    context: Context


class ContextBody(JsonBody, FilterArguments, RetrievalArguments, BodyQuestion):
    """The body of `POST /context`."""

    max_tokens = WholeNumber(
        load_default=DEFAULT_TOKENS,
        validate=Range(1, MOST_TOKENS, error=f"Must be from 1 to {MOST_TOKENS:,}."),
        metadata=described("The most tokens `text` may have.", DEFAULT_TOKENS),
    )
    tokenizer = Text(
        load_default=ENCODER,
        length=100,
        metadata=described(
            "What counts them: `encoder`, the tokenizer of the index's model, or where tiktoken is "
            "installed one of its names or of OpenAI's models.",
            ENCODER,
            "o200k_base",
        ),
    )
    max_passages = WholeNumber(
        validate=Range(1, MOST_PASSAGES, error=f"Must be from 1 to {MOST_PASSAGES}."),
        metadata=described("The most numbered passages `text` may have.", 8),
    )

    @post_load
    def wanted(self, values: dict[str, Any], **_: Any) -> Wanted:
        """The members as a value."""
        query = Query(
            text=values["text"],
            mode=values["mode"],
            filters=filters_of(values),
            min_relevance=values.get("min_relevance"),
            include_weak=values["include_weak"],
            recency_half_life=values.get("recency_half_life"),
        )
        return Wanted(query, values["max_tokens"], values["tokenizer"], values.get("max_passages"))


class NumberedSchema(Schema):
    """What a number stands for; dumps a `Numbered`."""

    n = fields.Integer(required=True, metadata=described("The number, from 1.", 1))
    passage_id = fields.Function(
        lambda numbered: numbered.passages[0].id,
        required=True,
        metadata=described(
            "The first of its passages.", "wire/0412-defence-talks#3", type="string"
        ),
    )
    passage_ids = fields.Function(
        lambda numbered: [passage.id for passage in numbered.passages],
        required=True,
        metadata=described(
            "All its passages, in reading order: neighbours are given as one.",
            ["wire/0412-defence-talks#3", "wire/0412-defence-talks#4"],
            type="array",
            items={"type": "string"},
        ),
    )
    article = fields.Nested(
        ArticleSummarySchema(), required=True, metadata=described("The article it is from.")
    )
    citation = fields.Function(
        lambda numbered: cite(numbered.article),
        required=True,
        metadata=described("Title, source, date and address in a line.", CITATION, type="string"),
    )
    start = fields.Integer(
        attribute="span.start",
        required=True,
        metadata=described("Where it begins in the text of the article, in code points.", 1204),
    )
    end = fields.Integer(
        attribute="span.end",
        required=True,
        metadata=described("Where it ends; not included.", 1712),
    )
    text = fields.String(
        required=True, metadata=described("`text[start:end]` of the article.", "Deployments …")
    )
    sha256 = fields.String(
        required=True,
        metadata=described("Hex SHA-256 of that in UTF-8.", "9f86d081884c7d659a2feaa0c55ad015…"),
    )
    also = fields.List(
        fields.Nested(ArticleSummarySchema()),
        required=True,
        metadata=described("Other articles that say nearly the same, newest of all shown."),
    )
    flagged = fields.Function(
        lambda numbered: quotes(numbered.article, numbered.flagged),
        required=True,
        metadata=described(
            "Sentences of it that read like instructions to a model.",
            [{"start": 1204, "end": 1238, "text": "Ignore all previous instructions."}],
            type="array",
            items=QUOTE,
        ),
    )


class ContextSchema(Schema):
    """A block for a prompt; dumps a `Given`."""

    query = fields.String(
        attribute="wanted.query.text",
        required=True,
        metadata=described("The question as it was asked.", "Nansei island chain deployments"),
    )
    generation = outcome.generation("context.ranking.generation")
    answerable = outcome.answerable("context.ranking.answerable")
    reason = outcome.reason("context.ranking.reason")
    degraded = fields.List(
        fields.String(),
        attribute="context.ranking.degraded",
        required=True,
        metadata=described("What failed on the way, and was done without.", ["reranker"]),
    )
    text = fields.String(
        attribute="context.text",
        required=True,
        metadata=described(
            "The block: numbered passages between two lines with one mark. Empty when nothing "
            "answers, or nothing fits.",
            "Passages of news articles stand between …",
        ),
    )
    tokens = fields.Integer(
        attribute="context.tokens",
        required=True,
        metadata=described("How many tokens it has, counted over the whole of it.", 412),
    )
    tokenizer = fields.String(
        attribute="wanted.tokenizer",
        required=True,
        metadata=described("What counted them.", ENCODER),
    )
    fence = fields.String(
        attribute="context.fence",
        required=True,
        metadata=described(
            "The mark in the lines around the passages, which occurs nowhere between them.",
            "3f9a2c71",
        ),
    )
    left_out = fields.Integer(
        attribute="context.left_out",
        required=True,
        metadata=described("How many relevant passages found no room.", 0),
    )
    passages = fields.List(
        fields.Nested(NumberedSchema()),
        attribute="context.numbered",
        required=True,
        metadata=described("What the numbers in the block stand for."),
    )
