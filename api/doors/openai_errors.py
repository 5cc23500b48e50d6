"""Errors as the clients of OpenAI's API read them: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from api.errors import headers_of, told_of
from api.problem import Problem
from api.schemas.described import described
from api.search.errors import BadCursor, CursorRefused, StaleCursor
from indexer.documents import Json

# A cursor goes by another name in OpenAI's contract.
_PAGE = "page"
_PAGES: Mapping[type[Exception], str] = {
    BadCursor: (
        "Send `next_page` of the page before as `page`, as it is and with all else as it was, or "
        "leave `page` out to begin at the first page."
    ),
    StaleCursor: (
        "The index has changed since this page was given out: leave `page` out to begin again at "
        "the first page."
    ),
}


class OpenAIErrorSchema(Schema):
    """What went wrong and how to mend it."""

    message = fields.String(
        required=True, metadata=described("What to do.", "There is no model “x” here.")
    )
    type = fields.String(required=True, metadata=described("Whose it is.", "invalid_request_error"))
    param = fields.String(
        required=True,
        allow_none=True,
        metadata=described("The first member that is not acceptable.", "messages[0].role"),
    )
    code = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Stable identifier of the kind of error.", "invalid_parameters"),
    )


class OpenAIFailureSchema(Schema):
    """An error in the shape of OpenAI's API."""

    error = fields.Nested(
        OpenAIErrorSchema(), required=True, metadata=described("What went wrong.")
    )


def tell_as_openai(blueprint: Blueprint) -> None:
    """Answer every error of the addresses of `blueprint` in that shape."""
    blueprint.register_error_handler(Exception, _answer)


def error_of(error: Exception) -> tuple[Problem, dict[str, Json]]:
    """The problem of `error` and its body in OpenAI's shape; `code` is the slug of the problem."""
    problem, told = told_of(error)
    return problem, {
        "error": {
            "message": _PAGES.get(type(error)) or _message(told),
            "type": "server_error" if problem.status >= 500 else "invalid_request_error",
            "param": _PAGE if isinstance(error, CursorRefused) else _param(told),
            "code": problem.slug.replace("-", "_") or None,
        }
    }


def _answer(error: Exception) -> Response:
    problem, body = error_of(error)
    response = jsonify(body)
    # OpenAI answers 400 to parameters it does not accept.
    response.status_code = 400 if problem.status == 422 else problem.status
    response.headers.update(headers_of(problem, error))
    return response


def _message(told: dict[str, Json]) -> str:
    identifier = f" ({told['instance']})" if "instance" in told else ""
    return f"{told['detail']}{identifier}"


def _param(told: dict[str, Json]) -> Json:
    """The first parameter that is not acceptable, written as OpenAI does: `messages[0].role`."""
    match told.get("errors"):
        case [{"pointer": str(pointer)}, *_]:
            first, *path = pointer.removeprefix("#/").split("/")
            return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path)
        case [{"parameter": str(parameter)}, *_]:
            return parameter
    return None
