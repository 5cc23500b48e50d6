"""An answer in the form of a chat completion: whole, or in chunks as it comes about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from api.answers.answer import Answer, AnswerDelta, Citation, Event, Waiting
from api.doors.openai_errors import error_of
from api.resources.event_stream import HEARTBEAT
from api.schemas.chat_completions import MODEL, usage_of
from indexer.documents import Article, Json

Members: TypeAlias = dict[str, Json]

# Chunks cannot be taken back: what follows a text that broke off is set apart from it.
_ANEW = "\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """What all parts of one completion have in common.

    `created` is in seconds since 1970, `address_of` tells where an article is read, and with
    `counted` a stream ends in the tokens that were used.
    """

    id: str
    created: int
    address_of: Callable[[Article], str]
    counted: bool = False

    def whole(self, answer: Answer) -> Members:
        """The completion in one piece."""
        message: Members = {
            "role": "assistant",
            "content": answer.written.text,
            "refusal": None,
            "annotations": self._annotations(answer.written.citations, 0),
        }
        choice: Members = {"index": 0, "message": message, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": _usage(answer)}

    def frames(self, events: Iterator[Event]) -> Iterator[str]:
        """The completion as server-sent events, heartbeats between them."""
        try:
            for chunk in self._chunks(events):
                yield _frame(chunk) if chunk else HEARTBEAT
        # Whatever it is: the status is sent, so that the client is told of it here.
        except Exception as error:
            yield _frame(error_of(error)[1])
        yield "data: [DONE]\n\n"

    def _chunks(self, events: Iterator[Event]) -> Iterator[Members | None]:
        """The chunks, the citations in the last delta; None for each second without one."""
        yield self._chunk({"role": "assistant", "content": ""})
        begin = end = 0
        for event in events:
            if isinstance(event, Waiting):
                yield None
            elif isinstance(event, AnswerDelta):
                anew = begin + event.span.start < end
                text = f"{_ANEW}{event.text}" if anew else event.text
                begin = end + len(_ANEW) if anew else begin
                end += len(text)
                yield self._chunk({"content": text})
            elif isinstance(event, Answer):
                yield self._chunk(
                    {"annotations": self._annotations(event.written.citations, begin)}
                )
                yield self._chunk({}, "stop")
                if self.counted:
                    head = self._head("chat.completion.chunk")
                    yield {**head, "choices": [], "usage": _usage(event)}

    def _chunk(self, delta: Members, finish_reason: str | None = None) -> Members:
        choice: Members = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def _head(self, kind: str) -> Members:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}

    def _annotations(self, citations: Sequence[Citation], begin: int) -> list[Json]:
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": begin + citation.marker.start,
                    "end_index": begin + citation.marker.end,
                    "url": self.address_of(citation.article),
                    "title": citation.article.title,
                },
            }
            for citation in citations
        ]


def _usage(answer: Answer) -> Members:
    return usage_of(answer.usage.prompt, answer.usage.completion)


def _frame(members: Members) -> str:
    return f"data: {json.dumps(members, ensure_ascii=False)}\n\n"
