"""What `/citations/resolve` is asked with, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

from api.grounding.numbered import digest_of
from api.grounding.resolving import Resolved, Saved, Standing
from api.schemas.articles import ArticleSummarySchema
from api.schemas.described import described
from api.schemas.fields import Rounded, Text, WholeNumber, refusals, well_formed
from api.schemas.filters import JsonBody
from indexer.documents import Article, Span

MOST_OFFSET = 999_999_999
MAX_QUOTE_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a citation, in which generation and article."""

    generation: str
    article_id: str
    article: Article | None
    resolved: Resolved

    @property
    def text(self) -> str | None:
        """What stands there today."""
        span = self.resolved.span
        return span.of(self.article.text) if span and self.article else None

    @property
    def sha256(self) -> str | None:
        """The digest of that."""
        return None if self.text is None else digest_of(self.text)


def _offset(description: str, example: int) -> WholeNumber:
    refusal = f"Must be from 0 to {MOST_OFFSET}."
    return WholeNumber(
        required=True,
        validate=Range(0, MOST_OFFSET, error=refusal),
        metadata=described(description, example),
    )


class ResolveBody(JsonBody):
    """The body of `POST /citations/resolve`: a citation as it was given out."""

    article_id = Text(
        required=True, metadata=described("The article cited.", "wire/0412-defence-talks")
    )
    start = _offset("Where the citation began, in code points.", 1204)
    end = _offset("Where it ended; not included.", 1264)
    sha256 = fields.String(
        error_messages=dict(refusals("Must be a string.")),
        validate=Regexp(r"[0-9a-f]{64}\Z", error="Must be 64 hex digits in small letters."),
        metadata=described(
            "Hex SHA-256 of the text cited, in UTF-8. This, `quote` or both.",
            "9f86d0…",
            minLength=64,
        ),
    )
    quote = fields.String(
        error_messages=dict(refusals("Must be a string.")),
        validate=[
            Length(1, MAX_QUOTE_LENGTH, error=f"Must have 1 to {MAX_QUOTE_LENGTH:,} code points."),
            well_formed,
        ],
        metadata=described(
            "The text cited; without it, what was changed cannot be told from what is gone.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )

    @validates_schema
    def check(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse what can never have been a citation."""
        length = values["end"] - values["start"]
        quote, sha256 = values.get("quote"), values.get("sha256")
        if length <= 0:
            raise ValidationError("Must be after `start`.", "end")
        if quote is None and sha256 is None:
            raise ValidationError("Give the text cited, or its `sha256`.", "quote")
        if quote is not None and len(quote) != length:
            told = f"Must be what stood from `start` to `end`: {length} code points."
            raise ValidationError(told, "quote")
        if quote is not None and sha256 not in (None, digest_of(quote)):
            raise ValidationError("Is not the digest of `quote`.", "sha256")

    @post_load
    def saved(self, values: dict[str, Any], **_: Any) -> tuple[str, Saved]:
        """The id of the article, and the citation."""
        span = Span(values["start"], values["end"])
        return values["article_id"], Saved(span, values.get("quote"), values.get("sha256"))


class ResolvedSchema(Schema):
    """Where a citation stands today; dumps a `Told`."""

    status = fields.String(
        attribute="resolved.standing",
        required=True,
        validate=OneOf(get_args(Standing)),
        metadata=described(
            "`exact`: the text stands where it stood. `moved`: the very same text stands elsewhere "
            "in the article. `changed`: it does not any more. `gone`: nor does anything like it, "
            "or the article is withdrawn.",
            "moved",
        ),
    )
    generation = fields.String(
        required=True,
        metadata=described("The generation of the index that was looked at.", "000001-1f3a9c2e"),
    )
    article_id = fields.String(
        required=True, metadata=described("The article cited.", "wire/0412-defence-talks")
    )
    article = fields.Nested(
        ArticleSummarySchema(),
        required=True,
        allow_none=True,
        metadata=described("The article as it is today; null when it is withdrawn."),
    )
    start = fields.Integer(
        attribute="resolved.span.start",
        dump_default=None,
        required=True,
        allow_none=True,
        metadata=described("Where it, or what it was changed to, begins; null if nowhere.", 1311),
    )
    end = fields.Integer(
        attribute="resolved.span.end",
        dump_default=None,
        required=True,
        allow_none=True,
        metadata=described("Where that ends; not included.", 1371),
    )
    text = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "`text[start:end]` of the article.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )
    sha256 = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Hex SHA-256 of that, in UTF-8.", "9f86d081884c7d659a2feaa0c55ad015…"),
    )
    similarity = Rounded(
        4,
        attribute="resolved.similarity",
        required=True,
        allow_none=True,
        metadata=described("Share of the words that are the same, in order; 1 is all.", 1.0),
    )
    places = fields.Integer(
        attribute="resolved.places",
        required=True,
        metadata=described(
            "In how many places the very same text stands; of several, the one nearest to the old "
            "place is given.",
            1,
        ),
    )
