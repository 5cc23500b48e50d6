"""Chat completions as OpenAI's clients ask for them and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Equal, Length

from api.answers.conversation import Message, Role
from api.answers.course import Asked
from api.schemas.answers import DEFAULT_TOKENS, MAX_MESSAGE_LENGTH, MAX_MESSAGES, check_last
from api.schemas.described import described
from api.schemas.fields import Choice, Flag, Text, WholeNumber, at_most, refusals, well_formed
from api.search.query import Query
from indexer.documents import Json

MODEL = "dateline"
_CONTENT: list[Json] = [
    {"type": "string"},
    {"type": "array", "items": {"type": "object"}},
    {"type": "null"},
]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of which model, and in what form the answer is to come."""

    model: str
    asked: Asked
    stream: bool
    include_usage: bool


class Content(fields.Field[str]):
    """What a message says: a text, an array of text parts, or null where it says nothing."""

    default_error_messages = refusals("Must be a string, or an array of parts of type `text`.")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        parts = [{"type": "text", "text": value}] if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise self.make_error("invalid")
        text = "".join(self._text(part) for part in parts)
        at_most(MAX_MESSAGE_LENGTH)(text)
        well_formed(text)
        return text

    def _text(self, part: Any) -> str:
        if isinstance(part, dict) and part.get("type") == "text":
            text = part.get("text")
            if isinstance(text, str):
                return text
        raise self.make_error("invalid")


class Lenient(Schema):
    """Members this server has no use for are passed over, as clients send many."""

    class Meta:
        unknown = EXCLUDE


class ChatMessageBody(Lenient):
    """One message of the conversation."""

    role = Choice(
        get_args(Role),
        required=True,
        metadata=described("Who says it; only what user and assistant say is heeded.", "user"),
    )
    content = Content(
        load_default="",
        allow_none=True,
        metadata=described("What is said.", "How high was the Rhine?", oneOf=_CONTENT),
    )

    @post_load
    def message(self, values: dict[str, Any], **_: Any) -> Message:
        """The message as a value."""
        return Message(values["role"], values["content"] or "")


class StreamOptionsBody(Lenient):
    """What a stream is to hold beside the answer."""

    include_usage = Flag(
        load_default=False,
        metadata=described("Send a last chunk with the tokens that were counted.", True),
    )


class ResponseFormatBody(Lenient):
    """In what shape the answer is to be."""

    type = fields.String(
        required=True,
        validate=Equal("text", error="Only `text` is answered here."),
        metadata=described("`text` alone is known here.", "text"),
    )


class ChatBody(Lenient):
    """The body of `POST /v1/chat/completions`."""

    model = Text(required=True, metadata=described("The model; there is one, `dateline`.", MODEL))
    messages = fields.List(
        fields.Nested(ChatMessageBody()),
        required=True,
        validate=Length(1, MAX_MESSAGES, error=f"Must hold from 1 to {MAX_MESSAGES} messages."),
        error_messages=dict(refusals("Must be an array of messages.")),
        metadata=described("A conversation whose last message is the question of a `user`."),
    )
    stream = Flag(
        load_default=False,
        allow_none=True,
        metadata=described("Send the answer in chunks, as it comes about.", True),
    )
    stream_options = fields.Nested(
        StreamOptionsBody(),
        load_default=None,
        allow_none=True,
        metadata=described("Of use with `stream` only."),
    )
    n = WholeNumber(
        load_default=1,
        allow_none=True,
        validate=Equal(1, error="There is one answer to a question here."),
        metadata=described("How many answers are wanted: 1.", 1),
    )
    response_format = fields.Nested(
        ResponseFormatBody(),
        allow_none=True,
        metadata=described("In what shape the answer is to be."),
    )

    @validates_schema
    def check_question(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse a conversation that does not end in a question."""
        check_last(values["messages"])
        if not values["messages"][-1].text.strip():
            last = len(values["messages"]) - 1
            raise ValidationError({"messages": {last: {"content": ["Must not be empty."]}}})

    @post_load
    def asked(self, values: dict[str, Any], **_: Any) -> ChatRequest:
        """The members as a value."""
        messages = tuple(values["messages"])
        options = values["stream_options"] or {}
        return ChatRequest(
            model=values["model"],
            asked=Asked(messages, Query(messages[-1].text), DEFAULT_TOKENS),
            stream=bool(values["stream"]),
            include_usage=options.get("include_usage", False),
        )


class UrlCitationSchema(Schema):
    """Where the article behind a marker is read."""

    start_index = fields.Integer(
        required=True, metadata=described("Where the marker begins, in code points.", 61)
    )
    end_index = fields.Integer(
        required=True, metadata=described("Where the marker ends; not included.", 64)
    )
    url = fields.String(
        required=True,
        metadata=described(
            "Address of the original, or of the article here.", "https://meridian.example/0412"
        ),
    )
    title = fields.String(
        required=True, metadata=described("Headline.", "Defence chiefs meet in Washington")
    )


class AnnotationSchema(Schema):
    """A citation."""

    type = fields.String(required=True, metadata=described("Always this.", "url_citation"))
    url_citation = fields.Nested(
        UrlCitationSchema(), required=True, metadata=described("What is cited, and where.")
    )


class ChatMessageSchema(Schema):
    """The answer."""

    role = fields.String(required=True, metadata=described("Always this.", "assistant"))
    content = fields.String(
        required=True,
        metadata=described(
            "The answer, with markers.",
            "Deployments along the Nansei island chain were on the table. [1]",
        ),
    )
    refusal = fields.String(
        required=True, allow_none=True, metadata=described("Always null.", None)
    )
    annotations = fields.List(
        fields.Nested(AnnotationSchema()),
        required=True,
        metadata=described("One for each marker, in their order."),
    )


class ChoiceSchema(Schema):
    """The one answer there is."""

    index = fields.Integer(required=True, metadata=described("Always 0.", 0))
    message = fields.Nested(ChatMessageSchema(), required=True, metadata=described("The answer."))
    finish_reason = fields.String(required=True, metadata=described("Always this.", "stop"))


class UsageSchema(Schema):
    """Tokens: those the language model counted, or else by the tokenizer of the index."""

    prompt_tokens = fields.Integer(
        required=True, metadata=described("Of the passages and the question.", 812)
    )
    completion_tokens = fields.Integer(required=True, metadata=described("Of the answer.", 64))
    total_tokens = fields.Integer(required=True, metadata=described("Of both.", 876))


class ChatCompletionSchema(Schema):
    """A chat completion."""

    id = fields.String(
        required=True,
        metadata=described("Identifier.", "chatcmpl-8c7f6f0f0f7e4d6f9f3b1d5a2c4e6a80"),
    )
    object = fields.String(required=True, metadata=described("Always this.", "chat.completion"))
    created = fields.Integer(
        required=True, metadata=described("When, in seconds since 1970.", 1_768_500_000)
    )
    model = fields.String(required=True, metadata=described("Always this.", MODEL))
    choices = fields.List(fields.Nested(ChoiceSchema()), required=True, metadata=described("One."))
    usage = fields.Nested(
        UsageSchema(), required=True, metadata=described("What it took in tokens.")
    )


class ModelSchema(Schema):
    """A model that can be asked for."""

    id = fields.String(required=True, metadata=described("Its name.", MODEL))
    object = fields.String(required=True, metadata=described("Always this.", "model"))
    created = fields.Integer(required=True, metadata=described("Always 0.", 0))
    owned_by = fields.String(required=True, metadata=described("Always this.", "dateline"))


class ModelListSchema(Schema):
    """The models that can be asked for."""

    object = fields.String(required=True, metadata=described("Always this.", "list"))
    data = fields.List(
        fields.Nested(ModelSchema()), required=True, metadata=described("The one there is.")
    )


def usage_of(prompt: int, completion: int) -> dict[str, Json]:
    """Tokens as OpenAI's clients read them."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
