"""Reading requests: query strings and JSON bodies, strictly, by a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import NoReturn, TypeAlias
from urllib.parse import unquote_to_bytes

import marshmallow
from flask import Request, request
from gunicorn.http.errors import ParseException
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType

from api.errors import InvalidParameters, MalformedRequest
from indexer.documents import Json

MAX_ERRORS = 20

Messages: TypeAlias = "list[str] | dict[str | int, Messages]"


class ArgumentsParser(FlaskParser):
    """Refuses what webargs lets pass: unknown names, repeats, and bodies that are not JSON."""

    def __init__(self) -> None:
        super().__init__(unknown=marshmallow.RAISE)

    def load_querystring(
        self, req: Request, schema: marshmallow.Schema
    ) -> dict[str, str | list[str]]:
        """The URL parameters; raises MalformedRequest, or ValidationError for repeats.

        A plain dictionary: marshmallow asks for every field, and asking the MultiDict that
        webargs would hand it for one that is not there took longer than reading those that are.
        """
        try:
            unquote_to_bytes(req.query_string).decode()
        except UnicodeDecodeError:
            raise MalformedRequest("The query string must be percent-encoded UTF-8.") from None
        given = {
            name: values[0] if len(values) == 1 else values for name, values in req.args.lists()
        }
        several = [name for name, value in given.items() if isinstance(value, list)]
        repeated = several and [name for name in several if name in _taken_once(schema)]
        if repeated:
            raise marshmallow.ValidationError({name: ["Give it once."] for name in repeated})
        return given

    def load_json(self, req: Request, schema: marshmallow.Schema) -> dict[str, Json]:  # noqa: ARG002 (a hook of webargs)
        """The object in the body; raises MalformedRequest or UnsupportedMediaType."""
        if not is_json_request(req):
            raise UnsupportedMediaType
        try:
            body = json.loads(body_of(req))
        except (ValueError, RecursionError):
            raise MalformedRequest("The body is not valid JSON in UTF-8.") from None
        if not isinstance(body, dict):
            raise MalformedRequest("The body must be a JSON object.")
        return body

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,  # noqa: ARG002 (a hook of webargs)
        schema: marshmallow.Schema,  # noqa: ARG002 (a hook of webargs)
        **_: object,
    ) -> NoReturn:
        """Raise InvalidParameters, naming each parameter."""
        ((location, messages),) = error.messages_dict.items()
        items = list(islice(_errors(location, messages), MAX_ERRORS))
        summary = " ".join(f"{name}: {item['detail']}" for name, item in items)
        raise InvalidParameters(summary, errors=[item for _, item in items])


def refuse_foreign_paths() -> None:
    """Raise MalformedRequest where the path of this request is no UTF-8.

    Werkzeug reads one and the same character for whatever is none: two articles would be one.
    """
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode()
    except UnicodeError:
        raise MalformedRequest("The path must be percent-encoded UTF-8.") from None


def body_of(req: Request) -> bytes:
    """The whole body; raises MalformedRequest where it breaks off, or RequestEntityTooLarge."""
    try:
        body = req.get_data()
    except (ClientDisconnected, OSError, ParseException):  # It breaks off, or is chunked wrongly.
        raise MalformedRequest("The body does not come through: send it again.") from None
    # Of a chunked body, werkzeug hands out as much as the limit lets through and says nothing.
    limit = req.max_content_length
    if req.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _taken_once(schema: marshmallow.Schema) -> set[str]:
    return {
        field.data_key or name
        for name, field in schema.load_fields.items()
        if not isinstance(field, marshmallow.fields.List)
    }


def _errors(location: str, messages: dict[str, Messages]) -> Iterator[tuple[str, dict[str, Json]]]:
    """Each wrong parameter's name, and its entry in `errors`."""
    for name, found in messages.items():
        for path, detail in leaves(found, (name,)):
            shown = [part.encode(errors="backslashreplace").decode() for part in path]
            if location == "json":
                pointer = "/".join(("#", *map(_escaped, shown)))
                yield ".".join(shown), {"pointer": pointer, "detail": detail}
            else:
                yield shown[0], {"parameter": shown[0], "detail": detail}


def leaves(messages: Messages, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each message of marshmallow's with the names and positions that lead to it."""
    if isinstance(messages, list):
        yield from ((path, detail) for detail in messages)
    else:
        for key, inner in messages.items():
            yield from leaves(inner, (*path, str(key)))


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")
