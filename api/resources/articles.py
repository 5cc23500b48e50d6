"""`/articles`: what is in the index."""

from __future__ import annotations

from typing import TypeAlias

from flask import Response
from flask.views import MethodView

from api.contract import problems, resource
from api.errors import UnknownArticle
from api.resources.conditional import (
    ETAG,
    IF_NONE_MATCH,
    headers,
    not_modified,
    tag_of,
    unchanged,
)
from api.resources.serving import current_searcher
from api.schemas.articles import ArticleListSchema, ArticleSchema, ListingParameters
from api.schemas.strict import NoArguments
from api.search.listing import Listed, Listing, list_articles
from indexer.documents import Article

blueprint = resource("articles", "Read and list the articles of the index.")

Found: TypeAlias = "Response | tuple[Article, dict[str, str]]"

ARTICLE_ID = {
    "in": "path",
    "name": "article_id",
    "description": "Id of the article, percent-encoded; it may contain slashes.",
    "schema": {"type": "string", "examples": ["wire/0412-defence-talks"]},
}


@blueprint.route("/articles")
class ArticlesResource(MethodView):
    """The articles of the index."""

    @blueprint.doc(operationId="listArticles")
    @problems(blueprint, 400, 405, 410, 422, 503)
    @blueprint.arguments(ListingParameters(), location="query")
    @blueprint.response(200, ArticleListSchema(), description="One page of articles.")
    def get(self, listing: Listing) -> Listed:
        """List articles, newest first, without their texts."""
        return list_articles(current_searcher().generations, listing)


@blueprint.route("/articles/<path:article_id>", parameters=[ARTICLE_ID, IF_NONE_MATCH])
class ArticleResource(MethodView):
    """One article."""

    @blueprint.doc(operationId="getArticle")
    @problems(blueprint, 400, 404, 405, 422, 503)
    @blueprint.alt_response(304, description="The article at hand still holds.", headers=ETAG)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.response(200, ArticleSchema(), description="The article.", headers=ETAG)
    def get(self, _: object, article_id: str) -> Found:
        """Read one article in full."""
        article = current_searcher().snapshot().article(article_id)
        if article is None:
            raise unknown_article(article_id)
        return shown(article)


def shown(article: Article) -> Found:
    """An article, or that the client has it."""
    tag = tag_of(article)
    return not_modified(tag) if unchanged(tag) else (article, dict(headers(tag)))


def unknown_article(article_id: str) -> UnknownArticle:
    """The error that no article has this id."""
    return UnknownArticle(f"No article has the id “{article_id}”; GET /articles lists them.")
