"""The body of every error: RFC 9457, Problem Details for HTTP APIs."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.schemas.described import described
from api.schemas.health import CheckSchema


class ParameterErrorSchema(Schema):
    """One parameter that is not acceptable."""

    parameter = fields.String(metadata=described("Name of the URL parameter.", "limit"))
    pointer = fields.String(
        metadata=described("JSON Pointer to the value in the body (RFC 6901).", "#/limit")
    )
    detail = fields.String(
        required=True,
        metadata=described("What is wrong and what to send.", "Must be from 1 to 100."),
    )


class ProblemSchema(Schema):
    """What went wrong and how to mend it."""

    type = fields.String(
        required=True,
        metadata=described(
            "Stable identifier of the kind of problem, fit for comparing with.",
            "urn:dateline:problem:invalid-parameters",
            format="uri",
        ),
    )
    title = fields.String(
        required=True,
        metadata=described(
            "The kind of problem in a few words, the same every time.",
            "Some parameters are not acceptable",
        ),
    )
    status = fields.Integer(required=True, metadata=described("The HTTP status code.", 422))
    detail = fields.String(
        required=True,
        metadata=described(
            "What is wrong with this request and how to mend it.", "limit: Must be from 1 to 100."
        ),
    )
    instance = fields.String(
        metadata=described(
            "Identifier under which an unexpected error is in the server's log.",
            "urn:uuid:5f0c2c54-6f0c-4b8e-9a56-3d1a1c1f0a77",
            format="uri",
        )
    )
    errors = fields.List(
        fields.Nested(ParameterErrorSchema()),
        metadata=described("Each parameter that is not acceptable, up to twenty."),
    )
    checks = fields.List(
        fields.Nested(CheckSchema()), metadata=described("Each thing that serving depends on.")
    )
