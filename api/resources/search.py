"""`/search`: passages for a question, or for several."""

from __future__ import annotations

from time import perf_counter
from typing import Any, TypeAlias

from flask import Response
from flask.views import MethodView

from api.contract import problems, resource
from api.resources.conditional import (
    ETAG,
    IF_NONE_MATCH,
    not_modified,
    tag_of,
    tagged,
    unchanged,
)
from api.resources.serving import current_searcher
from api.schemas.blocks import Blocks, FormattedAnswer
from api.schemas.query import Format, SearchParameters, SearchRequest
from api.schemas.search import Answer, SearchAnswer
from api.schemas.strict import NoArguments
from api.search.query import Query, Ranking

blueprint = resource("search", "Ask a question, get passages with their sources.")

BODIES: dict[str, Any] = {
    "one": {
        "summary": "One query.",
        "value": {
            "query": "Nansei island chain deployments",
            "from": "2026-01-01",
            "language": "en",
            "exclude_source": ["The Harbour Post"],
            "limit": 5,
        },
    },
    "several": {
        "summary": "Several, with what holds for all of them beside.",
        "value": {
            "queries": ["Nansei island chain", {"query": "election result", "sort": "newest"}],
            "language": "en",
            "limit": 3,
        },
    },
}

_NONE_FOUND: dict[str, Any] = {
    "generation": "000001-1f3a9c2e",
    "took_ms": 6.4,
    "answerable": False,
    "reason": "below_threshold",
    "exact": True,
    "degraded": [],
    "total": {"value": 0, "relation": "eq"},
    "hits": [],
    "next_cursor": None,
}
ANSWERS: dict[str, Any] = {
    "one": {
        "summary": "To one query, which nothing answers.",
        "value": {"query": "price of unobtainium", **_NONE_FOUND},
    },
    "several": {
        "summary": "To several.",
        "value": {"results": [{"query": "price of unobtainium", **_NONE_FOUND}]},
    },
}

Found: TypeAlias = "Answer | Blocks | list[Answer]"
Answered: TypeAlias = "Response | tuple[Found, dict[str, str]]"


@blueprint.route("/search", parameters=[IF_NONE_MATCH])
class SearchResource(MethodView):
    """The ranking for a question."""

    @blueprint.doc(operationId="search")
    @problems(blueprint, 400, 405, 410, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(SearchParameters(), location="query")
    @blueprint.response(200, FormattedAnswer(), description="The ranking.", headers=ETAG)
    def get(self, asked: tuple[Query, Format]) -> Answered:
        """Search with URL parameters."""
        query, written = asked
        return answer(query) if written == "json" else as_blocks(query)

    @blueprint.doc(operationId="searchWithBody")
    @problems(blueprint, 400, 405, 410, 413, 415, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(SearchRequest(), location="json", examples=BODIES)
    @blueprint.response(
        200,
        SearchAnswer(),
        description="The ranking, or those of all queries.",
        examples=ANSWERS,
        headers=ETAG,
    )
    def post(self, _: object, asked: Query | tuple[Query, ...]) -> Answered:
        """Search with a JSON body, for one query or up to 32; as safe to repeat as a GET."""
        return answer(asked)


def answer(asked: Query | tuple[Query, ...]) -> Answered:
    """The ranking for a query, or those for several, or that the client has them."""
    started = perf_counter()
    searcher = current_searcher()
    queries = (asked,) if isinstance(asked, Query) else asked
    begun = searcher.asked(queries)
    tag = tag_of(searcher.method.name, asked, *(one.depends_on for one in begun))
    if unchanged(tag):
        return not_modified(tag)
    rankings = searcher.answers(begun)
    took_ms = round((perf_counter() - started) * 1000, 2)
    answers = [
        Answer(query, ranking, took_ms) for query, ranking in zip(queries, rankings, strict=True)
    ]
    return _tagged(answers[0] if isinstance(asked, Query) else answers, rankings, tag)


def as_blocks(query: Query) -> Answered:
    """The ranking as content blocks, or that the client has them."""
    searcher = current_searcher()
    [begun] = searcher.asked([query])
    tag = tag_of(searcher.method.name, query, begun.depends_on, "anthropic")
    if unchanged(tag):
        return not_modified(tag)
    [ranking] = searcher.answers([begun])
    return _tagged(Blocks(query, ranking), [ranking], tag)


def _tagged(found: Found, rankings: list[Ranking], tag: str) -> Answered:
    if any(ranking.degraded for ranking in rankings):
        # The next one may be whole again: nobody is to be told that this one still holds.
        return found, {"Cache-Control": "no-store"}
    return tagged(found, tag)
