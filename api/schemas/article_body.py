"""Articles as they are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from marshmallow import fields, post_load
from marshmallow.validate import Length

from api.schemas.described import described
from api.schemas.fields import MAX_VALUES, Flag, Text, refusals
from api.schemas.strict import Strict
from indexer.documents import Article
from indexer.errors import UnreadableFile
from indexer.loaders.articles import settle
from indexer.loaders.dates import parse_date
from indexer.loaders.draft import Draft
from indexer.loaders.files import STANDARD_INPUT, InputFile
from indexer.loaders.identity import LONGEST_ID, web_address

LONGEST_TEXT = 2**24
# They take the way of an article in a file of JSON lines, and so become the same article.
_WAY = InputFile(None, STANDARD_INPUT, ".jsonl")


@dataclass(frozen=True, slots=True)
class Given:
    """An article as somebody wrote it, before what is missing is found out from its text."""

    draft: Draft
    dateline: str | None = None

    def settled(self, article_id: str | None = None) -> Article:
        """The article, under `article_id` if there is one; raises UnreadableFile."""
        draft = replace(self.draft, id=article_id) if article_id is not None else self.draft
        article, doubts = settle(draft, _WAY, None)
        if doubts:
            raise UnreadableFile("; ".join(doubts))
        return replace(article, dateline=self.dateline) if self.dateline else article


class Address(fields.Field[str]):
    """A web address."""

    default_error_messages = refusals("Must be an http or https address.")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            web_address(value)
        except (ValueError, AttributeError, TypeError):
            raise self.make_error("invalid") from None
        return str(value)


class Date(fields.Field[str]):
    """A moment in ISO 8601 or RFC 5322, kept as it was written."""

    default_error_messages = refusals("Must be a date, such as 2026-01-15T09:30:00+09:00.")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            parse_date(value)
        except (ValueError, AttributeError):
            raise self.make_error("invalid") from None
        return str(value)


class Object(fields.Dict):
    """A JSON object."""

    default_error_messages = refusals("Must be an object.")


class ListOfNames(fields.List[str]):
    """An array of names."""

    default_error_messages = refusals("Must be an array of strings.")


class ArticleBody(Strict):
    """An article. What `GET /articles/{article_id}` answers can be sent back as it is."""

    id = Text(
        length=LONGEST_ID,
        metadata=described(
            "Identifier. In `PUT` that of the address, or left out. Elsewhere, when it is left "
            "out, one is made of `url` or of the text.",
            "wire/0412-defence-talks",
        ),
    )
    title = Text(
        allow_none=True,
        metadata=described(
            "Headline; the first sentence stands in for one.", "Defence chiefs meet in Washington"
        ),
    )
    text = Text(
        length=LONGEST_TEXT,
        required=True,
        metadata=described(
            "The whole text, kept as it is.",
            "The two ministers agreed on Thursday to go on with the exercises.",
        ),
    )
    source = Text(allow_none=True, metadata=described("Name of the publisher.", "Meridian Wire"))
    authors = ListOfNames(
        Text(),
        validate=Length(max=MAX_VALUES, error=f"Must hold at most {MAX_VALUES} names."),
        metadata=described("Names, as printed.", ["Ana Ruiz"]),
    )
    url = Address(
        allow_none=True,
        metadata=described(
            "Address of the original.", "https://meridian.example/0412", type="string"
        ),
    )
    published_at = Date(
        allow_none=True,
        metadata=described(
            "When it was published, in ISO 8601 or RFC 5322; without an offset, in UTC.",
            "2026-01-15T18:20:00+00:00",
            type="string",
        ),
    )
    updated_at = Date(
        allow_none=True,
        metadata=described("When it was last changed.", "2026-01-15T20:05:00+00:00", type="string"),
    )
    section = Text(allow_none=True, metadata=described("Section of the paper.", "World"))
    language = Text(
        allow_none=True,
        metadata=described("BCP 47 language tag; detected when it is left out.", "en"),
    )
    dateline = Text(
        allow_none=True,
        metadata=described(
            "Place, day and agency; read from the beginning of the text when it is left out.",
            "WASHINGTON, Jan 15",
        ),
    )
    title_inferred = Flag(
        metadata=described("`true` has the title taken from the text once more.", False)
    )
    metadata = Object(
        keys=fields.String(),
        allow_none=True,
        metadata=described("Whatever else is to be kept with it.", {"keywords": ["defence"]}),
    )
    citation = fields.String(
        metadata=described("Not looked at: it is made of the other fields.", "“Defence chiefs…”")
    )

    @post_load
    def given(self, values: dict[str, Any], **_: Any) -> Given:
        """The article as a value."""

        def written(name: str) -> str:
            return values.get(name) or ""

        draft = Draft(
            text=values["text"],
            title="" if values.get("title_inferred") else written("title"),
            id=written("id"),
            source=written("source"),
            url=written("url"),
            authors=tuple(values.get("authors", ())),
            published_at=written("published_at"),
            updated_at=written("updated_at"),
            section=written("section"),
            language=written("language"),
            metadata=values.get("metadata") or {},
        )
        return Given(draft, values.get("dateline"))
