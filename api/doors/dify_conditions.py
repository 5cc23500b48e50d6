"""The metadata conditions of Dify, read as conditions on articles.

https://docs.dify.ai/en/use-dify/knowledge/external-knowledge-api lists the operators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from marshmallow import ValidationError, fields, post_load
from marshmallow.validate import Length

from api.doors.conditions import (
    MAX_COMPARED,
    AllOf,
    AnyOf,
    Condition,
    Everything,
    Filled,
    Likeness,
    Named,
    Not,
    Worded,
    bounded,
)
from api.doors.dates import Relation, published
from api.doors.facts import Name
from api.doors.facts import Text as TextName
from api.schemas.described import described
from api.schemas.fields import MAX_VALUES, Choice, Names, Text
from api.schemas.strict import Strict

_DATE = "published_at"
_NAMES: tuple[str, ...] = get_args(Name)
FIELDS = (*_NAMES, "title", "url", _DATE)

_LIKENESSES: Mapping[str, Likeness] = {
    "contains": "contains",
    "start with": "begins",
    "end with": "ends",
}
_RELATIONS: Mapping[str, Relation] = {
    "=": "on",
    ">": "after",
    "after": "after",
    "≥": "from",
    "<": "before",
    "before": "before",
    "≤": "until",
}
_OPPOSITES = {
    "not contains": "contains",
    "is not": "is",
    "not in": "in",
    "empty": "not empty",
    "≠": "=",
}
OPERATORS = (*_LIKENESSES, "is", "in", "not empty", *_RELATIONS, *_OPPOSITES)


class DifyCondition(Strict):
    """One condition on what is known of articles."""

    name = Names(
        "What to look at, or several of which one is enough: source, section, language, author, "
        "article_id, title, url or published_at.",
        "source",
        Choice(FIELDS, metadata={"examples": ["source"]}),
    )
    comparison_operator = Choice(
        OPERATORS,
        required=True,
        metadata=described("How it is compared; not in `is not` and its like.", "is"),
    )
    value = fields.Raw(
        allow_none=True,
        metadata=described(
            "What it is compared with: a text, several for `in`, a date or seconds since 1970 "
            "where it is `published_at`, nothing for `empty`.",
            "Meridian Wire",
        ),
    )

    @post_load
    def condition(self, values: dict[str, Any], **_: Any) -> Condition:
        """The condition as a value; of several names, one is enough."""
        names = dict.fromkeys(values.get("name") or ())
        if not names:
            raise ValidationError("Is required.", "name")
        operator, value = values["comparison_operator"], values.get("value")
        positive = _OPPOSITES.get(operator, operator)
        try:
            found = _one_of([_compared(name, positive, value) for name in names])
        except ValidationError as error:
            raise ValidationError(error.messages, "value") from None
        return Not(found) if operator in _OPPOSITES else found


class DifyConditions(Strict):
    """Conditions of which all hold, or any."""

    logical_operator = Choice(
        ("and", "or"),
        load_default="and",
        allow_none=True,
        metadata=described("Whether all must hold, or any.", "and"),
    )
    conditions = fields.List(
        fields.Nested(DifyCondition()),
        allow_none=True,
        validate=Length(max=MAX_VALUES, error=f"Must hold at most {MAX_VALUES} conditions."),
        metadata=described(
            "The conditions; where there are none, everything passes. They compare with at most "
            f"{MAX_COMPARED} values in all, those of several names once for each."
        ),
    )

    @post_load
    def condition(self, values: dict[str, Any], **_: Any) -> Condition:
        """The conditions as one."""
        conditions: Sequence[Condition] = values.get("conditions") or ()
        if not conditions:
            return Everything()
        together = AnyOf if values["logical_operator"] == "or" else AllOf
        return bounded(together(tuple(conditions)))


def _compared(name: str, operator: str, value: object) -> Condition:
    if operator == "not empty":
        return Filled(cast("Any", name))
    if operator == "in":
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
            raise ValidationError(f"Must be an array of 1 to {MAX_VALUES} values.")
        found = [_compared(name, "is", each) for each in value]
        return _one_of(found) if name == _DATE else _any_of(name, tuple(value))
    if name == _DATE:
        return _dated(operator, value)
    if operator in _RELATIONS:
        raise ValidationError(f"Only {_DATE} has an order: `{operator}` compares dates.")
    text: str = Text().deserialize(value)
    if operator == "is":
        return _any_of(name, (text,))
    return Worded(cast("TextName", name), _LIKENESSES[operator], (text,))


def _dated(operator: str, value: object) -> Condition:
    relation = "on" if operator == "is" else _RELATIONS.get(operator)
    if relation is None:
        raise ValidationError(f"`{operator}` compares texts, and {_DATE} is a date.")
    return published(relation, value)


def _any_of(name: str, texts: tuple[str, ...]) -> Condition:
    if name in _NAMES:
        return Named(cast("Name", name), texts)
    return Worded(cast("TextName", name), "equals", texts)


def _one_of(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))
