"""Answers as server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from itertools import chain, count

from flask import Response

from api.answers.answer import (
    Answer,
    AnswerDelta,
    AnswerVerified,
    Citation,
    Event,
    SearchCompleted,
    Waiting,
)
from api.errors import told_of
from api.schemas.answers import (
    AnswerResponse,
    CitationSchema,
    SearchCompletedSchema,
)
from api.schemas.verify import CheckedSchema, checked_in
from indexer.documents import Json

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = ": heartbeat\n\n"
NOT_STORED = {"Cache-Control": "no-store"}
# Proxies are not to keep events back until there are many.
HEADERS = {**NOT_STORED, "X-Accel-Buffering": "no"}

Members = dict[str, Json]
Events = Generator[Event, None, None]


def streamed(events: Events) -> Response:
    """The answer that sends `events` as they happen."""
    return sent_as(_frames, events)


def sent_as(frames: Callable[[Iterator[Event]], Iterator[str]], events: Events) -> Response:
    """The answer that sends what `frames` makes of events.

    The first is waited for, so that what fails before it is answered like any other request. When
    the client has gone, writing the next event or heartbeat finds out, and `events` is closed.
    """
    first = next(events)
    response = Response(frames(chain([first], events)), mimetype=MEDIA_TYPE, headers=HEADERS)
    response.call_on_close(events.close)
    return response


def _frames(events: Iterator[Event]) -> Iterator[str]:
    numbers = count()
    try:
        for event in events:
            if isinstance(event, Waiting):
                yield HEARTBEAT
            else:
                yield _frame(next(numbers), *_told(event))
    # Whatever it is: the status is sent, so that the client is told of it here.
    except Exception as error:
        _, problem = told_of(error)
        yield _frame(next(numbers), "error", {"problem": problem.pop("type"), **problem})


def _frame(number: int, name: str, members: Members) -> str:
    event = {"type": name, "sequence_number": number, **members}
    return f"event: {name}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"


def _told(
    event: SearchCompleted | AnswerDelta | Citation | AnswerVerified | Answer,
) -> tuple[str, Members]:
    match event:
        case SearchCompleted():
            return "search.completed", SearchCompletedSchema().dump(event)
        case AnswerDelta(text, span):
            return "answer.delta", {"text": text, "start": span.start, "end": span.end}
        case Citation():
            return "answer.citation", CitationSchema().dump(event)
        case AnswerVerified(text, sentences):
            return "answer.verified", {
                "sentences": CheckedSchema(many=True).dump(checked_in(text, sentences))
            }
        case Answer():
            return "answer.completed", AnswerResponse().dump(event)
