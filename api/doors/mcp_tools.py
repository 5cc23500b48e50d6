"""The tools of the Model Context Protocol: `search` and `fetch`, as ChatGPT expects them.

https://platform.openai.com/docs/mcp: each answers one JSON object, and every id that `search`
gives is one that `fetch` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, ValidationError, fields

from api.arguments import leaves
from api.doors.known import known
from api.errors import told_of
from api.schemas.described import described
from api.schemas.fields import Text
from api.schemas.filters import FilterArguments, JsonBody, LimitArgument, filters_of
from api.schemas.query import BodyQuestion
from api.schemas.strict import Strict
from api.search.citation import reference
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.documents import Article, Json


class ToolRefused(Exception):
    """A call that cannot be answered; the message is for the model that made it."""


class SearchArguments(JsonBody, LimitArgument, FilterArguments, BodyQuestion):
    """The arguments of `search`."""


class FetchArguments(Strict):
    """The arguments of `fetch`."""

    id = Text(
        required=True,
        metadata=described("The id of a result of `search`.", "wire/0412-defence-talks"),
    )


class NamedSchema(Schema):
    """An article, as ChatGPT cites it."""

    id = fields.String(required=True, metadata=described("The id that `fetch` takes."))
    title = fields.String(required=True, metadata=described("Its headline."))
    url = fields.String(required=True, metadata=described("Where it was published."))


class ResultsSchema(Schema):
    """What `search` answers."""

    results = fields.List(
        fields.Nested(NamedSchema()),
        required=True,
        metadata=described("The articles that answer, best first; none when none does."),
    )


class FetchedSchema(NamedSchema):
    """What `fetch` answers."""

    text = fields.String(required=True, metadata=described("The whole text, as published."))
    metadata = fields.Dict(metadata=described("Source, author, date, section and language."))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is for, and what it takes and gives."""

    title: str
    description: str
    arguments: Schema
    answer: Schema


TOOLS: Mapping[str, Tool] = {
    "search": Tool(
        "Search the news",
        "Find news articles that answer a question in plain words, best first. Nothing comes back "
        "when nothing answers. What they say, and where and when, fetch tells by their ids.",
        SearchArguments(),
        ResultsSchema(),
    ),
    "fetch": Tool(
        "Read an article",
        "Read one news article in full, by an id that search gave.",
        FetchArguments(),
        FetchedSchema(),
    ),
}


def call(searcher: Searcher, name: str, arguments: Mapping[str, Any]) -> dict[str, Json]:
    """The answer of a tool; raises ToolRefused with what to do."""
    tool = TOOLS.get(name)
    if tool is None:
        raise ToolRefused(f"There is no tool {name!r}; there are: {', '.join(TOOLS)}.")
    try:
        given = tool.arguments.load(arguments)
        return _search(searcher, given) if name == "search" else _fetch(searcher, given["id"])
    except ValidationError as error:
        raise ToolRefused(" ".join(_told(error.messages_dict))) from error
    except ToolRefused:
        raise
    # Whatever it is: the model is told what any client would be, and the log the rest.
    except Exception as error:
        raise ToolRefused(str(told_of(error)[1]["detail"])) from error


@cache
def json_schema(schema: Schema) -> dict[str, Any]:
    """A schema as JSON Schema, whole in itself."""
    converter = OpenAPIConverter("3.1.0", lambda _: None, APISpec("tools", "1", "3.1.0"))
    # apispec's own method is untyped.
    written: dict[str, Any] = converter.schema2jsonschema(schema)  # type: ignore[no-untyped-call]
    return written


def _told(wrong: Mapping[str, Any]) -> Iterator[str]:
    for name, messages in wrong.items():
        yield from (f"{name}: {detail}" for _, detail in leaves(messages))


def _search(searcher: Searcher, given: Mapping[str, Any]) -> dict[str, Json]:
    query = Query(
        given["text"], filters=filters_of(given), limit=given["limit"], collapse="article"
    )
    return {"results": [_named(hit.article) for hit in searcher.search(query).hits]}


def _fetch(searcher: Searcher, article_id: str) -> dict[str, Json]:
    article = searcher.snapshot().article(article_id)
    if article is None:
        raise ToolRefused(f"No article has the id “{article_id}”: use one that search gave.")
    return {**_named(article), "text": article.text, "metadata": known(article)}


def _named(article: Article) -> dict[str, Json]:
    return {"id": article.id, "title": article.title, "url": reference(article)}
