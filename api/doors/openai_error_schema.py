"""The body of every error in OpenAI's contract, as the OpenAPI document shows it."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.schemas.described import described


class OpenAIErrorDetailSchema(Schema):
    """What went wrong and how to mend it."""

    message = fields.String(
        metadata=described(
            "What is wrong and what to send.", "max_num_results: Must be from 1 to 50."
        )
    )
    type = fields.String(
        metadata=described(
            "`invalid_request_error`, or `server_error`.",
            "invalid_request_error",
        )
    )
    param = fields.String(
        allow_none=True,
        metadata=described("The parameter that is not acceptable.", "max_num_results"),
    )
    code = fields.String(
        allow_none=True, metadata=described("The kind of problem.", "invalid_parameters")
    )


class OpenAIErrorSchema(Schema):
    """An error as clients of OpenAI's API read it."""

    error = fields.Nested(OpenAIErrorDetailSchema(), metadata=described("The error."))
