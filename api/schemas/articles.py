"""Articles as requests ask for them and responses show them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from api.schemas.described import described
from api.schemas.filters import FilterArguments, PageArguments, filters_of
from api.schemas.total import TotalSchema
from api.search.citation import cite
from api.search.listing import Listing

CITATION = (
    "“Defence chiefs meet in Washington”, Meridian Wire, 15 January 2026, "
    "https://meridian.example/0412"
)


class ListingParameters(PageArguments, FilterArguments):
    """The URL parameters of `GET /articles`."""

    @post_load
    def listing(self, values: dict[str, Any], **_: Any) -> Listing:
        """The parameters as a value."""
        return Listing(filters_of(values), values["limit"], values.get("cursor"))


class ArticleSummarySchema(Schema):
    """Where a passage comes from."""

    id = fields.String(
        required=True,
        metadata=described(
            "Identifier, the key of `GET /articles/{article_id}`.", "wire/0412-defence-talks"
        ),
    )
    title = fields.String(
        required=True, metadata=described("Headline.", "Defence chiefs meet in Washington")
    )
    source = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Name of the publisher; null when it is not known.", "Meridian Wire"),
    )
    authors = fields.List(
        fields.String(), required=True, metadata=described("Names, as printed.", ["Ana Ruiz"])
    )
    url = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Address of the original.", "https://meridian.example/0412"),
    )
    published_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata=described(
            "When it was published, with the offset it was given with.",
            "2026-01-15T18:20:00+00:00",
        ),
    )
    section = fields.String(
        required=True, allow_none=True, metadata=described("Section of the paper.", "World")
    )
    language = fields.String(
        required=True, allow_none=True, metadata=described("BCP 47 language tag.", "en")
    )


class ArticleCardSchema(ArticleSummarySchema):
    """All about an article but its text."""

    updated_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata=described("When it was last changed.", "2026-01-15T20:05:00+00:00"),
    )
    dateline = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Place, day and agency a report opens with.", "WASHINGTON, Jan 15"),
    )
    title_inferred = fields.Boolean(
        required=True,
        metadata=described("Whether the title was taken from the first sentence.", False),
    )
    metadata = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata=described("Whatever else the article came with.", {"keywords": ["defence"]}),
    )
    citation = fields.Function(
        cite,
        required=True,
        metadata=described("Title, source, date and address in a line.", CITATION, type="string"),
    )


class ArticleSchema(ArticleCardSchema):
    """An article in full."""

    text = fields.String(
        required=True,
        metadata=described(
            "The whole text, into which `start` and `end` of passages point, in code points.",
            "The two ministers agreed on Thursday to go on with the exercises.",
        ),
    )


class ArticleListSchema(Schema):
    """One page of articles."""

    generation = fields.String(
        required=True, metadata=described("The generation listed.", "000001-1f3a9c2e")
    )
    total = fields.Nested(
        TotalSchema(),
        required=True,
        metadata=described("How many articles pass the filters."),
    )
    articles = fields.List(
        fields.Nested(ArticleCardSchema()),
        required=True,
        metadata=described("Newest first, undated ones last."),
    )
    next_cursor = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Send it as `cursor` for the next page; null on the last.",
            "WyIwMDAwMDEtMWYzYTljMmUiLCI5YjFkZjAyMyIsMTBd",
        ),
    )
