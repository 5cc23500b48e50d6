"""Errors over HTTP: every exception becomes one RFC 9457 problem, by the one table below."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, jsonify
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from api.delivered import UnreadableBody
from api.problem import Problem, Refusal
from api.schemas.problem import ProblemSchema
from api.search.errors import BadCursor, CursorRefused, NotCalibrated, StaleCursor
from api.writing_problems import WRITING_PROBLEMS, WriteKeyRequired
from indexer.documents import Json
from indexer.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    MissingExtra,
    ModelUnavailable,
    ResourcesExhausted,
    TemporaryUnusable,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "10"

log = logging.getLogger(__name__)


class MalformedRequest(Refusal):
    """A query string or body that cannot be read at all."""


class InvalidParameters(Refusal):
    """Parameters that can be read and are not acceptable; member `errors` names each."""


class UnknownArticle(Refusal):
    """An article id that the index does not hold."""


class UnknownPassage(Refusal):
    """A passage id that the index does not hold."""


class UnknownStore(Refusal):
    """A vector store, or knowledge, of another name than the index goes by."""


class BadAuthorization(Refusal):
    """A header `Authorization` that no key can be read from."""


class NotInstalled(Refusal):
    """A door whose optional packages this server lacks."""


class UnknownModel(Refusal):
    """A model asked for by a name that nothing here answers to."""


class NotReady(Refusal):
    """The process cannot answer queries yet; member `checks` says what is amiss."""


_READ_ERRORS = "Each entry of `errors` names a parameter and says how to mend it."

PROBLEMS: dict[type[Exception], Problem] = {
    MalformedRequest: Problem(
        400, "malformed-request", "The request cannot be read", "The body is not valid JSON."
    ),
    BadCursor: Problem(
        400,
        "bad-cursor",
        "The cursor is none of this request",
        "Send `next_cursor` of the page before as it is, with the same query and parameters, "
        "or leave `cursor` out to begin at the first page.",
    ),
    BadAuthorization: Problem(
        403,
        "bad-authorization",
        "The header `Authorization` cannot be read",
        "Send `Authorization: Bearer KEY`, or leave it out.",
    ),
    NotFound: Problem(
        404,
        "unknown-route",
        "There is nothing at this address",
        "GET /openapi.yaml lists every address.",
    ),
    UnknownArticle: Problem(
        404, "unknown-article", "The index holds no such article", "No article has this id."
    ),
    UnknownPassage: Problem(
        404, "unknown-passage", "The index holds no such passage", "No passage has this id."
    ),
    UnknownStore: Problem(
        404, "unknown-store", "There is no such store", "The index goes by the name dateline."
    ),
    UnknownModel: Problem(
        404, "model-not-found", "There is no such model", "GET /v1/models lists what there is."
    ),
    MethodNotAllowed: Problem(
        405,
        "method-not-allowed",
        "This address does not take that method",
        "The header `Allow` lists the methods it takes.",
    ),
    StaleCursor: Problem(
        410,
        "stale-cursor",
        "The index has changed since the cursor was given out",
        "Leave `cursor` out to begin again at the first page.",
    ),
    RequestEntityTooLarge: Problem(
        413,
        "body-too-large",
        "The body is too large",
        "Send less at once: shorter or fewer queries, filters or articles.",
    ),
    UnsupportedMediaType: Problem(
        415,
        "unsupported-media-type",
        "The body is not JSON",
        "Send JSON with the header `Content-Type: application/json`; many articles may also come "
        "line by line as `application/x-ndjson`.",
    ),
    InvalidParameters: Problem(
        422, "invalid-parameters", "Some parameters are not acceptable", _READ_ERRORS
    ),
    NotCalibrated: Problem(
        422,
        "not-calibrated",
        "Nobody has calibrated relevance for the model of this index",
        "Leave `min_relevance` out, or have `dateline fit` calibrate the model.",
    ),
    NotInstalled: Problem(
        501,
        "not-installed",
        "The server lacks optional packages that this needs",
        "Install them beside it: pip install 'dateline[mcp]'",
    ),
    IndexMissing: Problem(
        503,
        "index-missing",
        "Nothing is indexed yet",
        "Run `dateline index` into the directory that DATELINE_INDEX names; "
        "the server picks the index up without a restart.",
    ),
    IndexDamaged: Problem(
        503,
        "index-damaged",
        "The index is damaged",
        "Run `dateline verify`, then go back to a generation that is sound (`dateline rollback`), "
        "restore a backup, or index the articles again.",
    ),
    IndexMismatch: Problem(
        503,
        "index-mismatch",
        "The index was made by another version or model",
        "Run `dateline doctor`, then index the articles again.",
    ),
    ModelUnavailable: Problem(
        503,
        "model-unavailable",
        "The model of the index cannot be loaded",
        "Run `dateline doctor` to see which model is wanted and how to install it.",
    ),
    ResourcesExhausted: Problem(
        503,
        "resources-exhausted",
        "The server has run out of descriptors, memory or threads",
        "Ask again in a while. If it stays so, raise the limits of the server (`ulimit -n`, "
        "`ulimit -u`, those of its container), or have fewer connections to it.",
    ),
    TemporaryUnusable: Problem(
        503,
        "temporary-unusable",
        "There is no room for temporary files",
        "Make room in the directory for temporary files of the server, or name another in TMPDIR.",
    ),
    NotReady: Problem(
        503, "not-ready", "Queries cannot be answered yet", "Each of `checks` says what to do."
    ),
    Exception: Problem(
        500,
        "internal-error",
        "Something went wrong here",
        "It is logged under the identifier in `instance`.",
    ),
}
PROBLEMS[MissingExtra] = PROBLEMS[ModelUnavailable]
PROBLEMS[UnreadableBody] = PROBLEMS[MalformedRequest]
PROBLEMS |= WRITING_PROBLEMS


def problem_of(error: Exception) -> Problem:
    """The problem of the nearest class of `error` in the table; RFC 9457's blank one for HTTP."""
    classes = type(error).__mro__
    if isinstance(error, HTTPException) and not PROBLEMS.keys() & set(classes) - {Exception}:
        status = HTTPStatus(error.code or 500)
        return Problem(status, "", status.phrase, status.description)
    return next(PROBLEMS[kind] for kind in classes if kind in PROBLEMS)


def register(app: Flask) -> None:
    """Answer every error of `app` with a problem."""
    # flask-smorest has put a handler of its own on HTTPException, which this one replaces.
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _answer)


def told_of(error: Exception) -> tuple[Problem, dict[str, Json]]:
    """The problem of `error` and the body that tells clients of it; logs what that leaves out."""
    problem = problem_of(error)
    members: Mapping[str, Json] = {}
    if isinstance(error, Refusal):
        members = {"detail": error.detail, **error.members}
    elif isinstance(error, CursorRefused) and error.place is not None:
        pointer = f"#/queries/{error.place}/cursor"
        members = {"errors": [{"pointer": pointer, "detail": problem.detail}]}
    elif problem.status == 500:
        members = {"instance": uuid4().urn}
        log.error("Unexpected error %s", members["instance"], exc_info=error)
    elif problem.status == 503:
        log.warning("%s", error)
    body: dict[str, Json] = ProblemSchema().dump({**problem.to_json(), **members})
    return problem, body


def _answer(error: Exception) -> Response:
    problem, body = told_of(error)
    response = jsonify(body)
    response.status_code, response.mimetype = problem.status, MEDIA_TYPE
    response.headers.update(headers_of(problem, error))
    return response


def headers_of(problem: Problem, error: Exception) -> dict[str, str]:
    """What the answer to `error` says in its headers, whatever the shape of its body."""
    if problem.status == 503:
        return {"Retry-After": RETRY_AFTER_SECONDS}
    if isinstance(error, WriteKeyRequired):
        return {"WWW-Authenticate": 'Bearer realm="dateline"'}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(sorted(error.valid_methods or ()))}
    return {}
