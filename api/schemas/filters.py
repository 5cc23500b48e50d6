"""The parameters that say which articles may be answered from, and which page is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Range

from api.schemas.described import described
from api.schemas.fields import LastMoment, Moment, Names, Text, WholeNumber
from api.schemas.strict import Strict
from indexer.engines.base import Filters

MAX_LIMIT = 100

_NAMED = ("source", "exclude_source", "section", "language", "author", "article_id")


class Conditions(Strict):
    """What is asked of articles: values of one condition are alternatives, all of them hold."""

    source = Names("Only articles of these publishers, by name, in any case.", "Meridian Wire")
    exclude_source = Names(
        "No article of these publishers, by name, in any case.", "The Harbour Post"
    )
    published_from = Moment(
        data_key="from",
        metadata=described(
            "Only articles published at or after this: an ISO 8601 date or date-time. "
            "Without an offset it is UTC. Undated articles are left out.",
            "2026-01-15",
            "2026-01-15T09:30:00+09:00",
            type="string",
        ),
    )
    published_to = LastMoment(
        data_key="to",
        metadata=described(
            "Only articles published at or before this: an ISO 8601 date, whose whole UTC day "
            "counts, or a date-time. Without an offset it is UTC. Undated articles are left out.",
            "2026-01-16",
            "2026-01-16T18:00:00Z",
            type="string",
        ),
    )
    section = Names("Only articles of these sections, in any case.", "World")
    language = Names("Only articles in these languages, as BCP 47 tags; `en` covers `en-GB`.", "en")
    author = Names("Only articles by any of these authors, by full name, in any case.", "Ana Ruiz")

    @validates_schema(skip_on_field_errors=False)
    def check_order(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse a stretch of time that ends before it begins."""
        begin, end = values.get("published_from"), values.get("published_to")
        if begin and end and end < begin:
            raise ValidationError("Must not be before `from`.", "to")


class FilterArguments(Conditions):
    """Which articles are looked at."""

    article_id = Names("Only the articles of these ids.", "wire/0412-defence-talks")


class LimitArgument(Strict):
    """How many results are wanted."""

    limit = WholeNumber(
        load_default=10,
        validate=Range(1, MAX_LIMIT, error=f"Must be from 1 to {MAX_LIMIT}."),
        metadata=described("How many results a page holds.", 10),
    )


class CursorArgument(Strict):
    """Where a page of a listing begins."""

    cursor = Text(
        metadata=described(
            "`next_cursor` of the page before. It belongs to the same request "
            "and to one generation of the index.",
            "WyIwMDAwMDEtMWYzYTljMmUiLCI5YjFkZjAyMyIsMTBd",
        )
    )


class PageArguments(CursorArgument, LimitArgument):
    """Which page of a listing is wanted."""


class JsonBody(Strict):
    """A schema read from a body, where a list of one may be written as its one value."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Document both spellings of a `Names` field."""
        super().on_bind_field(field_name, field_obj)
        if isinstance(field_obj, Names):
            field_obj.metadata = {**field_obj.metadata, "type": ["string", "array"]}


def filters_of(values: Mapping[str, Any]) -> Filters:
    """The filters among loaded parameters, equal for equal conditions in whatever order."""
    named = {name: tuple(sorted(set(values.get(name, ())))) for name in _NAMED}
    return Filters(
        **named,
        published_from=values.get("published_from"),
        published_to=values.get("published_to"),
    )
