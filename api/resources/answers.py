"""`/answers`: a question answered in sentences, with what each of them rests on."""

from __future__ import annotations

from contextlib import closing
from typing import Any, TypeAlias

from flask import Flask, Response, current_app
from flask.views import MethodView
from werkzeug.exceptions import ClientDisconnected

from api.answers.answer import Answer, Waiting
from api.answers.answerer import Answerer
from api.answers.course import Asked
from api.contract import problems, resource
from api.resources.connection import client_has_gone
from api.resources.event_stream import MEDIA_TYPE, NOT_STORED, Events, streamed
from api.schemas.answers import AnswerBody, AnswerResponse
from api.schemas.strict import NoArguments

blueprint = resource("answers", "Get a question answered, with a citation for each sentence.")

_KEY = "dateline.answerer"

BODIES: dict[str, Any] = {
    "question": {
        "summary": "A question.",
        "value": {"query": "How high was the Rhine at Cologne?", "language": "en"},
    },
    "conversation": {
        "summary": "A conversation, answered in server-sent events.",
        "value": {
            "messages": [
                {"role": "user", "content": "What damaged the Baltic cable?"},
                {"role": "assistant", "content": "The anchor of the Marlo Trader. [1]"},
                {"role": "user", "content": "Where is that ship now?"},
            ],
            "stream": True,
        },
    },
}
EVENT = """\
event: answer.delta
data: {"type": "answer.delta", "sequence_number": 1, "text": "Rain. ", "start": 0, "end": 6}

"""
EVENTS: dict[str, Any] = {
    "responses": {
        200: {
            "content": {
                MEDIA_TYPE: {
                    "schema": {"type": "string"},
                    "example": EVENT,
                }
            }
        }
    }
}

Answered: TypeAlias = "Response | tuple[Answer, dict[str, str]]"


def answer_with(app: Flask, answerer: Answerer) -> None:
    """Let the resources of `app` answer with `answerer`."""
    app.extensions[_KEY] = answerer


def current_answerer() -> Answerer:
    """The answerer of the application that handles the current request."""
    answerer: Answerer = current_app.extensions[_KEY]
    return answerer


@blueprint.route("/answers")
class AnswersResource(MethodView):
    """The answer to a question."""

    @blueprint.doc(operationId="answer", **EVENTS)
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(AnswerBody(), location="json", examples=BODIES)
    @blueprint.response(200, AnswerResponse(), description="The answer, or what becomes of it.")
    def post(self, _: object, body: tuple[Asked, bool]) -> Answered:
        """Answer a question, or the last one of a conversation, from the passages that bear on it.

        With `stream` the answer comes as server-sent events, which docs/answers.md lists.
        """
        asked, stream = body
        events = current_answerer().answer(asked)
        return streamed(events) if stream else (whole(events), NOT_STORED)


def whole(events: Events) -> Answer:
    """The answer at the end of its events; raises ClientDisconnected when nobody waits for it."""
    with closing(events):
        for event in events:
            if isinstance(event, Answer):
                return event
            if isinstance(event, Waiting) and client_has_gone():
                raise ClientDisconnected
    raise RuntimeError("The events of an answer ended without it.")
