"""`/v1/vector_stores`: the index as a vector store of OpenAI's contract.

https://platform.openai.com/docs/api-reference/vector-stores
"""

from __future__ import annotations

from collections.abc import Mapping

from flask.views import MethodView
from marshmallow import EXCLUDE

from api.contract import errors_as, resource
from api.doors.openai_errors import OpenAIFailureSchema, tell_as_openai
from api.doors.sifting import sift
from api.doors.vector_store import (
    STORE_ID,
    StoreListParameters,
    VectorStoreListSchema,
    VectorStoreSchema,
    store_of,
)
from api.doors.vector_store_schemas import (
    StoreResultPageSchema,
    StoreSearch,
    StoreSearchBody,
    page_of,
)
from api.errors import UnknownStore
from api.resources.serving import current_searcher
from api.schemas.strict import NoArguments
from indexer.documents import Json

blueprint = resource("vector-stores", "Use the index as a vector store of OpenAI's API.", 400)
tell_as_openai(blueprint)

_ERROR = OpenAIFailureSchema()
_STORE = {
    "in": "path",
    "name": "store_id",
    "description": "Id of the store.",
    "schema": {"type": "string", "examples": [STORE_ID]},
}
_SEARCH = {
    "query": "Nansei island chain deployments",
    "filters": {
        "type": "or",
        "filters": [
            {"type": "eq", "key": "source", "value": "Meridian Wire"},
            {"type": "gte", "key": "published_at", "value": "2026-01-15"},
        ],
    },
    "max_num_results": 5,
    "ranking_options": {"score_threshold": 0.5},
}


@blueprint.route("/v1/vector_stores")
class VectorStoresResource(MethodView):
    """All stores, that is one."""

    @blueprint.doc(operationId="listVectorStores")
    @errors_as(_ERROR, blueprint, 400, 503)
    @blueprint.arguments(StoreListParameters(), location="query", unknown=EXCLUDE)
    @blueprint.response(200, VectorStoreListSchema(), description="The store.")
    def get(self, place: Mapping[str, str]) -> dict[str, Json]:
        """List the vector stores: there is one."""
        beyond = STORE_ID in place.values()
        stores: list[Json] = [] if beyond else [store_of(current_searcher().snapshot().manifest)]
        named = None if beyond else STORE_ID
        return {
            "object": "list",
            "data": stores,
            "first_id": named,
            "last_id": named,
            "has_more": False,
        }


@blueprint.route("/v1/vector_stores/<store_id>", parameters=[_STORE])
class VectorStoreResource(MethodView):
    """One store."""

    @blueprint.doc(operationId="getVectorStore")
    @errors_as(_ERROR, blueprint, 400, 404, 503)
    @blueprint.arguments(NoArguments(), location="query", unknown=EXCLUDE)
    @blueprint.response(200, VectorStoreSchema(), description="The store.")
    def get(self, _: object, store_id: str) -> dict[str, Json]:
        """See how large the store is."""
        check_store(store_id)
        return store_of(current_searcher().snapshot().manifest)


@blueprint.route("/v1/vector_stores/<store_id>/search", parameters=[_STORE])
class VectorStoreSearchResource(MethodView):
    """A search of the store."""

    @blueprint.doc(operationId="searchVectorStore")
    @errors_as(_ERROR, blueprint, 400, 404, 410, 413, 415, 503)
    @blueprint.arguments(StoreSearchBody(), location="json", example=_SEARCH)
    @blueprint.response(200, StoreResultPageSchema(), description="The passages found.")
    def post(self, search: StoreSearch, store_id: str) -> dict[str, Json]:
        """Search the store: the passages nearest to the question, each with its relevance.

        The filter holds exactly, whatever it is made of. Other than `/search`, this leaves nothing
        out for being too weak unless `score_threshold` says so.
        """
        check_store(store_id)
        queries, searcher = search.queries(), current_searcher()
        found = sift(searcher, queries, search.condition, search.limit, search.page)
        return page_of(search, found)


def check_store(store_id: str) -> None:
    """Raise UnknownStore unless this is the store."""
    if store_id != STORE_ID:
        raise UnknownStore(f"There is no vector store “{store_id}”: the one there is, {STORE_ID}.")
