"""What every answer tells of the ranking behind it."""

from __future__ import annotations

from typing import get_args

from marshmallow import fields
from marshmallow.validate import OneOf

from api.schemas.described import described
from api.search.query import Reason


def generation(attribute: str | None = None) -> fields.String:
    """The generation that answered."""
    return fields.String(
        attribute=attribute,
        required=True,
        metadata=described("The generation of the index that answered.", "000001-1f3a9c2e"),
    )


def answerable(attribute: str) -> fields.Boolean:
    """Whether there is an answer in the ranking."""
    return fields.Boolean(
        attribute=attribute,
        required=True,
        allow_none=True,
        metadata=described(
            "Whether the best hit is relevant enough to answer; null when nobody has calibrated "
            "the model of the index.",
            True,
        ),
    )


def reason(attribute: str) -> fields.String:
    """Why there is none."""
    return fields.String(
        attribute=attribute,
        required=True,
        allow_none=True,
        validate=OneOf(get_args(Reason)),
        metadata=described(
            "Why it is not answerable: nothing matches, no article passes the filters, or the "
            "best hit is not relevant enough, for which `include_weak` of a search shows the hits "
            "all the same. Otherwise null.",
            "below_threshold",
        ),
    )
