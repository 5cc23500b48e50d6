"""The filters of OpenAI's vector stores, read as conditions on articles.

https://platform.openai.com/docs/api-reference/vector-stores/search: comparisons of attributes,
and `and` and `or` of them, nested at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from marshmallow import ValidationError, fields

from api.doors.conditions import AllOf, AnyOf, Condition, Named, Not, Worded, bounded
from api.doors.dates import Relation, published
from api.doors.facts import Name, Text
from api.schemas.fields import MAX_VALUES, refusals
from api.schemas.fields import Text as TextField

MAX_DEPTH = 10

_NAMES: tuple[str, ...] = get_args(Name)
_TEXTS = ("title", "url")
_DATE = "published_at"
KEYS = (*_NAMES, *_TEXTS, _DATE)
_ORDERS: Mapping[str, Relation] = {"gt": "after", "gte": "from", "lt": "before", "lte": "until"}
_COMPARISONS = ("eq", "ne", *_ORDERS, "in", "nin")
_TYPES = (*_COMPARISONS, "and", "or")


class ConditionField(fields.Field[Condition]):
    """A filter of OpenAI's as a condition; says where in it something is not acceptable."""

    default_error_messages = refusals("Must be an object: a comparison, or filters under and/or.")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Condition:
        return bounded(_condition(value, 1))


def _condition(value: object, depth: int) -> Condition:
    if not isinstance(value, dict):
        raise ValidationError("Must be an object: a comparison, or filters under and/or.")
    if depth > MAX_DEPTH:
        raise ValidationError(f"Must not be nested more than {MAX_DEPTH} deep.")
    kind = value.get("type")
    if kind in ("and", "or"):
        _only(value, ("type", "filters"))
        conditions = _conditions(value.get("filters"), depth)
        return AllOf(conditions) if kind == "and" else AnyOf(conditions)
    if kind not in _COMPARISONS:
        raise ValidationError({"type": [f"Must be one of: {', '.join(_TYPES)}."]})
    _only(value, ("type", "key", "value"))
    return _compared(kind, value.get("key"), value.get("value"))


def _only(value: Mapping[str, object], names: tuple[str, ...]) -> None:
    if unknown := [str(name) for name in value if name not in names]:
        told = f"Is not a member of this filter. There are: {', '.join(names)}."
        raise ValidationError({name: [told] for name in unknown})


def _conditions(value: object, depth: int) -> tuple[Condition, ...]:
    if not isinstance(value, list) or not value:
        raise ValidationError({"filters": ["Must be an array of filters, one at least."]})
    found, wrong = [], {}
    for place, each in enumerate(value):
        try:
            found.append(_condition(each, depth + 1))
        except ValidationError as error:
            wrong[place] = error.messages
    if wrong:
        raise ValidationError(cast("dict[str, Any]", {"filters": wrong}))
    return tuple(found)


def _compared(kind: str, key: object, value: object) -> Condition:
    if key not in KEYS:
        raise ValidationError({"key": [f"Must be one of: {', '.join(KEYS)}."]})
    try:
        match kind:
            case "eq" | "ne":
                same = _same(str(key), value)
                return same if kind == "eq" else Not(same)
            case "in" | "nin":
                among = _among(str(key), value)
                return among if kind == "in" else Not(among)
        if key != _DATE:
            raise ValidationError(f"Only {_DATE} has an order: use eq, ne, in or nin.")
        return published(_ORDERS[kind], value)
    except ValidationError as error:
        raise ValidationError({"value": error.messages}) from None


def _same(key: str, value: object) -> Condition:
    if key == _DATE:
        return published("on", value)
    text: str = TextField().deserialize(value)
    return _any_of(key, (text,))


def _among(key: str, value: object) -> Condition:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise ValidationError(f"Must be an array of 1 to {MAX_VALUES} values.")
    each = [_same(key, one) for one in value]
    if key == _DATE:
        return AnyOf(tuple(each))
    return _any_of(key, tuple(sorted({*map(str, value)})))


def _any_of(key: str, texts: tuple[str, ...]) -> Condition:
    if key in _TEXTS:
        return Worded(cast("Text", key), "equals", texts)
    return Named(cast("Name", key), texts)
