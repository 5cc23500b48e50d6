"""Errors as the clients of OpenAI's API read them: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields

from api.arguments import ArgumentsParser
from api.errors import headers_of, told_of
from api.problem import Problem
from api.schemas.described import described
from indexer.documents import Json

_DESCRIPTIONS = {
    400: "The request is not acceptable.",
    404: "There is no such thing here.",
    405: "This address does not take that method.",
    410: "The index has changed since the page before.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    500: "Something went wrong here.",
    503: "Nothing can be answered yet.",
}

View = TypeVar("View", bound=Callable[..., object])


class LenientParser(ArgumentsParser):
    """Passes over members nobody here has a use for: OpenAI's clients send many."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown = EXCLUDE


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


def failures(blueprint: Blueprint, *statuses: int) -> Callable[[View], View]:
    """Document that a view may fail with these statuses in that shape, and with a 500."""

    def document(view: View) -> View:
        for status in (*statuses, 500):
            told: Any = {"schema": OpenAIFailureSchema(), "description": _DESCRIPTIONS[status]}
            view = blueprint.alt_response(status, **told)(view)
        return view

    return document


def tell_as_openai(blueprint: Blueprint) -> None:
    """Answer every error of the addresses of `blueprint` in that shape."""
    blueprint.register_error_handler(Exception, _answer)


def error_of(error: Exception) -> tuple[Problem, dict[str, Json]]:
    """The problem of `error` and its body in OpenAI's shape; `code` is the slug of the problem."""
    problem, told = told_of(error)
    return problem, {
        "error": {
            "message": _message(told),
            "type": "server_error" if problem.status >= 500 else "invalid_request_error",
            "param": _param(told),
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
