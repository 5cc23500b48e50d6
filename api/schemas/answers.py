"""What `/answers` is asked with, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, Range

from api.answers.conversation import Message
from api.answers.course import Asked
from api.schemas import outcome
from api.schemas.articles import ArticleSummarySchema
from api.schemas.context import NumberedSchema
from api.schemas.described import described
from api.schemas.fields import Choice, Flag, Text, WholeNumber, refusals
from api.schemas.filters import FilterArguments, JsonBody, filters_of
from api.schemas.query import MAX_QUERY_LENGTH
from api.schemas.strict import Strict
from api.schemas.verify import CheckedSchema, checked_in
from api.search.query import Query

MAX_MESSAGES = 100
MAX_MESSAGE_LENGTH = 32_768
LEAST_TOKENS, MOST_TOKENS, DEFAULT_TOKENS = 256, 32_768, 2_048


class MessageBody(Strict):
    """One message of a conversation."""

    role = Choice(
        ["user", "assistant", "system"],
        required=True,
        metadata=described("Who says it; what a `system` says is not heeded.", "user"),
    )
    content = Text(
        required=True,
        length=MAX_MESSAGE_LENGTH,
        metadata=described("What is said.", "And what did the mayor say about it?"),
    )

    @post_load
    def message(self, values: dict[str, Any], **_: Any) -> Message:
        """The message as a value."""
        return Message(values["role"], values["content"])


class AnswerBody(JsonBody, FilterArguments):
    """The body of `POST /answers`: a question, or a conversation that ends in one."""

    query = Text(
        length=MAX_QUERY_LENGTH,
        metadata=described("The question. Either this or `messages`.", "How high was the Rhine?"),
    )
    messages = fields.List(
        fields.Nested(MessageBody()),
        validate=Length(1, MAX_MESSAGES, error=f"Must hold from 1 to {MAX_MESSAGES} messages."),
        error_messages=dict(refusals("Must be an array of messages.")),
        metadata=described(
            "A conversation, whose last message is the question of a `user`; it may point back at "
            "those before."
        ),
    )
    stream = Flag(
        load_default=False,
        metadata=described("Tell of the answer in server-sent events as it comes about.", True),
    )
    max_tokens = WholeNumber(
        load_default=DEFAULT_TOKENS,
        validate=Range(
            LEAST_TOKENS,
            MOST_TOKENS,
            error=f"Must be from {LEAST_TOKENS} to {MOST_TOKENS:,}.",
        ),
        metadata=described(
            "The tokens of passages that are read to answer, by the tokenizer of the index.",
            DEFAULT_TOKENS,
        ),
    )

    @validates_schema
    def check_question(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse a body that asks nothing, or in two ways."""
        if ("query" in values) == ("messages" in values):
            raise ValidationError("Give either `query` or `messages`.", "query")
        check_last(values.get("messages", ()))

    @post_load
    def asked(self, values: dict[str, Any], **_: Any) -> tuple[Asked, bool]:
        """What is asked, and whether the answer is to be streamed."""
        messages = tuple(values.get("messages") or [Message("user", values["query"])])
        query = Query(messages[-1].text, filters=filters_of(values))
        return Asked(messages, query, values["max_tokens"]), values["stream"]


def check_last(messages: Sequence[Message]) -> None:
    """Refuse a conversation that does not end in a question of a length that can be searched."""
    if not messages:
        return
    last = len(messages) - 1
    if messages[last].role != "user":
        _refuse(last, "role", "The last message must be the question of a `user`.")
    if len(messages[last].text) > MAX_QUERY_LENGTH:
        _refuse(last, "content", f"Must be at most {MAX_QUERY_LENGTH:,} code points long.")


def _refuse(place: int, member: str, detail: str) -> None:
    raise ValidationError({"messages": {place: {member: [detail]}}})


class AnswerSpanSchema(Schema):
    """A stretch of the answer."""

    start = fields.Integer(
        required=True, metadata=described("Where it begins in the answer, in code points.", 0)
    )
    end = fields.Integer(required=True, metadata=described("Where it ends; not included.", 58))


class CitationSchema(Schema):
    """A marker of the answer, and the sentence of an article that backs what it stands behind."""

    n = fields.Integer(required=True, metadata=described("The number in the marker.", 1))
    answer = fields.Nested(
        AnswerSpanSchema(),
        attribute="claim",
        required=True,
        metadata=described("What of the answer rests on it."),
    )
    marker = fields.Nested(
        AnswerSpanSchema(), required=True, metadata=described("Where the marker itself stands.")
    )
    passage_id = fields.String(
        required=True,
        metadata=described("The passage the sentence begins in.", "wire/0412-defence-talks#3"),
    )
    article = fields.Nested(
        ArticleSummarySchema(), required=True, metadata=described("The article it is from.")
    )
    start = fields.Integer(
        attribute="span.start",
        required=True,
        metadata=described("Where it begins in the text of the article, in code points.", 1204),
    )
    end = fields.Integer(
        attribute="span.end",
        required=True,
        metadata=described("Where it ends, in code points; not included.", 1264),
    )
    sha256 = fields.String(
        required=True,
        metadata=described(
            "The SHA-256 of `text`, by which the citation can be found again after a correction.",
            "6a0f8c0d7a6c1b2f1f0c8d6e5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a3928",
        ),
    )
    text = fields.String(
        required=True,
        metadata=described(
            "`text[start:end]` of the article.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )


class SearchCompletedSchema(Schema):
    """What is known before the answer is begun."""

    query = fields.String(
        attribute="question",
        required=True,
        metadata=described(
            "The question, in words that need no conversation.", "What did the mayor of Köln say?"
        ),
    )
    generation = outcome.generation("context.ranking.generation")
    answerable = outcome.answerable("context.ranking.answerable")
    reason = outcome.reason("context.ranking.reason")
    passages = fields.List(
        fields.Nested(NumberedSchema()),
        attribute="context.numbered",
        required=True,
        metadata=described("The passages, by whose numbers the answer cites."),
    )
    degraded = fields.List(
        fields.String(),
        required=True,
        metadata=described(
            "What failed on the way, and was done without: `llm` for the language model.", ["llm"]
        ),
    )


class _Sentences(fields.List[Any]):
    """The checked sentences of an `Answer`, with their texts."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **keywords: Any) -> Any:
        return super()._serialize(checked_in(obj.written.text, value), attr, obj, **keywords)


class AnswerResponse(SearchCompletedSchema):
    """An answer with all it rests on; dumps an `Answer`."""

    class Meta:
        fields = (
            *("query", "generation", "answerable", "reason", "answer", "citations", "sentences"),
            *("passages", "unknown_markers", "degraded", "took_ms"),
        )

    answer = fields.String(
        attribute="written.text",
        required=True,
        metadata=described(
            "The answer, with a marker after whatever rests on a passage.",
            "Deployments along the Nansei island chain were on the table. [1]",
        ),
    )
    citations = fields.List(
        fields.Nested(CitationSchema()),
        attribute="written.citations",
        required=True,
        metadata=described("One for each marker, in their order."),
    )
    sentences = _Sentences(
        fields.Nested(CheckedSchema()),
        required=True,
        metadata=described("The sentences of the answer, each checked as `/verify` does."),
    )
    unknown_markers = fields.List(
        fields.Integer(),
        attribute="written.unknown_markers",
        required=True,
        metadata=described("Numbers the model cited that no passage has; they are left out.", [9]),
    )
    took_ms = fields.Float(
        required=True, metadata=described("Milliseconds it took, without HTTP.", 812.4)
    )
