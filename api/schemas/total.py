"""How many results there are."""

from __future__ import annotations

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from api.schemas.described import described


class TotalSchema(Schema):
    """A number of results, and whether it is exact."""

    value = fields.Integer(required=True, metadata=described("The number.", 23))
    relation = fields.String(
        required=True,
        validate=OneOf(["eq", "gte"]),
        metadata=described("`eq`: exactly so many; `gte`: so many or more.", "eq"),
    )
