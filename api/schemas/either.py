"""Schemas that stand for one of several."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import Schema


class Either(Schema):
    """One of its `alternatives`, in the OpenAPI document a `oneOf`."""

    alternatives: Sequence[Schema] = ()
