"""`/search`: passages for a question."""

from __future__ import annotations

from time import perf_counter
from typing import TypeAlias

from flask import Response
from flask.views import MethodView

from api.contract import problems, resource
from api.resources.conditional import (
    ETAG,
    IF_NONE_MATCH,
    headers,
    not_modified,
    tag_of,
    unchanged,
)
from api.resources.serving import current_searcher
from api.schemas.filters import NoArguments
from api.schemas.search import Answer, SearchBody, SearchParameters, SearchResponse
from api.search.query import Query

blueprint = resource("search", "Ask a question, get passages with their sources.")

BODY = {
    "query": "Nansei island chain deployments",
    "from": "2026-01-01",
    "language": "en",
    "exclude_source": ["Harbour Post"],
    "limit": 5,
}

Answered: TypeAlias = "Response | tuple[Answer, dict[str, str]]"


@blueprint.route("/search", parameters=[IF_NONE_MATCH])
class SearchResource(MethodView):
    """The ranking for a question."""

    @blueprint.doc(operationId="search")
    @problems(blueprint, 400, 405, 410, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(SearchParameters(), location="query")
    @blueprint.response(200, SearchResponse(), description="The ranking.", headers=ETAG)
    def get(self, query: Query) -> Answered:
        """Search with URL parameters."""
        return answer(query)

    @blueprint.doc(operationId="searchWithBody")
    @problems(blueprint, 400, 405, 410, 413, 415, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(SearchBody(), location="json", example=BODY)
    @blueprint.response(200, SearchResponse(), description="The ranking.", headers=ETAG)
    def post(self, _: object, query: Query) -> Answered:
        """Search with a JSON body; as safe to repeat as a GET, and answered alike."""
        return answer(query)


def answer(query: Query) -> Answered:
    """The ranking for `query`, or that the client has it."""
    searcher = current_searcher()
    asked = (searcher.fusion, query)
    tag = tag_of(searcher.snapshot().manifest.generation, asked)
    if unchanged(tag):
        return not_modified(tag)
    started = perf_counter()
    ranking = searcher.search(query)
    took_ms = round((perf_counter() - started) * 1000, 2)
    # A newer generation may have answered than the one just looked at.
    return Answer(query, ranking, took_ms), dict(headers(tag_of(ranking.generation, asked)))
