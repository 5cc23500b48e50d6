"""`/v1/chat/completions` and `/v1/models`: answers for clients that speak OpenAI's protocol."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote
from uuid import uuid4

from flask import Response, request
from flask.views import MethodView
from marshmallow import EXCLUDE

from api.contract import errors_as, resource
from api.doors.chat_chunks import Completion
from api.doors.openai_errors import OpenAIFailureSchema, tell_as_openai
from api.errors import UnknownModel
from api.resources.answers import current_answerer, whole
from api.resources.event_stream import NOT_STORED, sent_as
from api.schemas.chat_completions import (
    MODEL,
    ChatBody,
    ChatCompletionSchema,
    ChatRequest,
    ModelListSchema,
)
from indexer.documents import Article, Json

blueprint = resource("chat", "Answers for clients that speak OpenAI's protocol.", unacceptable=400)
tell_as_openai(blueprint)

_ERROR = OpenAIFailureSchema()

Answered: TypeAlias = "Response | tuple[dict[str, Json], dict[str, str]]"

BODIES: dict[str, Any] = {
    "question": {
        "summary": "A question, answered in chunks.",
        "value": {
            "model": MODEL,
            "messages": [{"role": "user", "content": "How high was the Rhine at Cologne?"}],
            "stream": True,
        },
    }
}


@blueprint.route("/v1/chat/completions")
class ChatCompletionsResource(MethodView):
    """The answer to a conversation."""

    @blueprint.doc(operationId="createChatCompletion")
    @errors_as(_ERROR, blueprint, 400, 404, 413, 415, 503)
    @blueprint.arguments(ChatBody(), location="json", unknown=EXCLUDE, examples=BODIES)
    @blueprint.response(200, ChatCompletionSchema(), description="The answer with its citations.")
    def post(self, asked: ChatRequest) -> Answered:
        """Answer the last question of a conversation, as `/answers` does.

        With `stream` the answer comes in chunks, `chat.completion.chunk`, and `data: [DONE]`.
        """
        if asked.model != MODEL:
            raise UnknownModel(f"There is no model “{asked.model}” here: ask for `{MODEL}`.")
        events = current_answerer().answer(asked.asked)
        completion = Completion(
            f"chatcmpl-{uuid4().hex}", int(time.time()), _addresses(), asked.include_usage
        )
        if asked.stream:
            return sent_as(completion.frames, events)
        return completion.whole(whole(events)), NOT_STORED


@blueprint.route("/v1/models")
class ModelsResource(MethodView):
    """What can be asked."""

    @blueprint.doc(operationId="listModels")
    @errors_as(_ERROR, blueprint)
    @blueprint.response(200, ModelListSchema(), description="The one model there is.")
    def get(self) -> dict[str, Json]:
        """List the models: there is one."""
        entry: Json = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
        return {"object": "list", "data": [entry]}


def _addresses() -> Callable[[Article], str]:
    """Where articles are read: at their publisher's, or here where no address is known."""
    here = request.host_url

    def address_of(article: Article) -> str:
        return article.url or f"{here}articles/{quote(article.id)}"

    return address_of
