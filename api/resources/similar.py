"""`/articles/{id}/similar` and `/passages/{id}/similar`: what is near in meaning."""

from __future__ import annotations

from typing import TypeAlias

from flask import Response, jsonify, request
from flask.views import MethodView

from api.contract import problems, resource
from api.errors import UnknownPassage
from api.resources.articles import ARTICLE_ID, shown, unknown_article
from api.resources.conditional import (
    ETAG,
    IF_NONE_MATCH,
    not_modified,
    tag_of,
    tagged,
    unchanged,
)
from api.resources.serving import current_searcher
from api.schemas.articles import ArticleSchema
from api.schemas.similar import NeighboursSchema, SimilarParameters
from api.search.listing import Listing
from api.search.similar import Neighbours, similar_to_article, similar_to_passage
from indexer.documents import Article

blueprint = resource("similar", "Find articles near in meaning to one at hand.")

Found: TypeAlias = "Response | tuple[Neighbours, dict[str, str]]"

PASSAGE_ID = {
    "in": "path",
    "name": "passage_id",
    "description": "Id of the passage, percent-encoded: its `#` as %23; it may contain slashes.",
    "schema": {"type": "string", "examples": ["wire/0412-defence-talks#3"]},
}


@blueprint.route("/articles/<path:article_id>/similar", parameters=[ARTICLE_ID, IF_NONE_MATCH])
class SimilarArticlesResource(MethodView):
    """What is near to an article."""

    @blueprint.doc(operationId="similarToArticle")
    @problems(blueprint, 400, 404, 405, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(SimilarParameters(), location="query")
    @blueprint.response(200, NeighboursSchema(), description="The articles near.", headers=ETAG)
    def get(self, listing: Listing, article_id: str) -> Found:
        """List the articles nearest in meaning to one.

        An article whose own id ends in `/similar` is read at such an address, as at every other;
        with a parameter, such as `limit`, it is this list all the same.
        """
        snapshot = current_searcher().snapshot()
        namesake = snapshot.article(f"{article_id}/similar")
        if namesake and not request.args:
            return _read(namesake)
        tag = tag_of(snapshot.manifest.generation, "article", article_id, listing)
        if unchanged(tag):
            return not_modified(tag)
        found = similar_to_article(snapshot, article_id, listing.filters, listing.limit)
        if found is None:
            raise unknown_article(article_id)
        return tagged(found, tag)


@blueprint.route("/passages/<path:passage_id>/similar", parameters=[PASSAGE_ID, IF_NONE_MATCH])
class SimilarPassagesResource(MethodView):
    """What is near to a passage."""

    @blueprint.doc(operationId="similarToPassage")
    @problems(blueprint, 400, 404, 405, 422, 503)
    @blueprint.alt_response(304, description="The answer at hand still holds.", headers=ETAG)
    @blueprint.arguments(SimilarParameters(), location="query")
    @blueprint.response(200, NeighboursSchema(), description="The articles near.", headers=ETAG)
    def get(self, listing: Listing, passage_id: str) -> Found:
        """List the articles nearest in meaning to a passage, its own left out."""
        snapshot = current_searcher().snapshot()
        tag = tag_of(snapshot.manifest.generation, "passage", passage_id, listing)
        if unchanged(tag):
            return not_modified(tag)
        found = similar_to_passage(snapshot, passage_id, listing.filters, listing.limit)
        if found is None:
            raise UnknownPassage(
                f"No passage has the id “{passage_id}”: hits of a search name theirs; "
                "in a URL, write its # as %23."
            )
        return tagged(found, tag)


def _read(article: Article) -> Response:
    """An article as `GET /articles/{id}` answers it."""
    found = shown(article)
    if isinstance(found, Response):
        return found
    response = jsonify(ArticleSchema().dump(found[0]))
    response.headers.update(found[1])
    return response
