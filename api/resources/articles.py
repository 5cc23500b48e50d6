"""`/articles`: what is in the index."""

from __future__ import annotations

from typing import TypeAlias

from flask import Response
from flask.views import MethodView
from marshmallow import EXCLUDE

from api.auth import SECURITY, needs_write_key
from api.contract import problems, resource
from api.errors import UnknownArticle
from api.resources.conditional import (
    ETAG,
    IF_NONE_MATCH,
    not_modified,
    tag_of,
    tagged,
    unchanged,
)
from api.resources.serving import current_searcher
from api.resources.writing import (
    LOCATION,
    Answered,
    hand_in,
    hand_in_all,
    of_an_article,
    unacceptable,
)
from api.schemas.article_body import ArticleBody, Given
from api.schemas.articles import ArticleListSchema, ArticleSchema, ListingParameters
from api.schemas.jobs import JobSchema, Named, Wait, WaitParameters, WriteHeaders
from api.schemas.strict import NoArguments
from api.search.listing import Listed, Listing, list_articles
from indexer.documents import Article
from indexer.errors import UnreadableFile
from indexer.jobs import Put, Withdrawal

blueprint = resource("articles", "Read and list the articles of the index.")

Found: TypeAlias = "Response | tuple[Article, dict[str, str]]"

ARTICLE_ID = {
    "in": "path",
    "name": "article_id",
    "description": "Id of the article, percent-encoded; it may contain slashes.",
    "schema": {"type": "string", "examples": ["wire/0412-defence-talks"]},
}

ARTICLE = {
    "title": "Defence chiefs meet in Washington",
    "text": "The two ministers agreed on Thursday to go on with the exercises.",
    "source": "Meridian Wire",
    "published_at": "2026-01-15T18:20:00+00:00",
}
ARTICLES = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "array", "items": ArticleBody},
            "example": [{"id": "wire/0412-defence-talks", **ARTICLE}],
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "An article as JSON in each line."},
            "example": '{"id": "a", "text": "The ferry left late."}\n'
            '{"id": "b", "text": "The bridge is shut."}\n',
        },
    },
}
TAKEN, DONE = "Taken, for good; it will be searchable.", "Searches find it, or no longer."


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

    @blueprint.doc(
        operationId="putArticles",
        security=SECURITY,
        requestBody=ARTICLES,
    )
    @needs_write_key
    @problems(blueprint, 400, 401, 403, 405, 413, 415, 422, 503)
    @blueprint.alt_response(200, schema=JobSchema(), description=DONE, headers=LOCATION)
    @blueprint.arguments(WaitParameters(), location="query")
    @blueprint.arguments(WriteHeaders(), location="headers", unknown=EXCLUDE)
    @blueprint.response(202, JobSchema(), description=TAKEN, headers=LOCATION)
    def post(self, wait: Wait, named: Named) -> Answered:
        """Hand in many articles: a JSON array, or NDJSON, one in each line.

        The body is read as it comes. An article that is not acceptable is among the `failures` of
        the job, and the others go in. Where the body itself is broken, nothing does.
        """
        return hand_in_all(wait, named)


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

    @blueprint.doc(operationId="putArticle", security=SECURITY)
    @needs_write_key
    @of_an_article
    @problems(blueprint, 400, 401, 403, 405, 413, 415, 422, 503)
    @blueprint.alt_response(200, schema=JobSchema(), description=DONE, headers=LOCATION)
    @blueprint.arguments(WaitParameters(), location="query")
    @blueprint.arguments(WriteHeaders(), location="headers", unknown=EXCLUDE)
    @blueprint.arguments(ArticleBody(), location="json", example=ARTICLE)
    @blueprint.response(202, JobSchema(), description=TAKEN, headers=LOCATION)
    def put(self, wait: Wait, named: Named, given: Given, article_id: str) -> Answered:
        """Hand in an article, new or in place of the one of this id."""
        if given.draft.id not in ("", article_id):
            raise unacceptable("#/id", "Must be the id in the address, or be left out.")
        try:
            return hand_in(Put(given.settled(article_id)), wait, named)
        except UnreadableFile as error:
            raise unacceptable("#", f"{error}.".capitalize()) from None

    @blueprint.doc(operationId="withdrawArticle", security=SECURITY)
    @needs_write_key
    @problems(blueprint, 400, 401, 403, 405, 422, 503)
    @blueprint.alt_response(200, schema=JobSchema(), description=DONE, headers=LOCATION)
    @blueprint.arguments(WaitParameters(), location="query")
    @blueprint.arguments(WriteHeaders(), location="headers", unknown=EXCLUDE)
    @blueprint.response(202, JobSchema(), description=TAKEN, headers=LOCATION)
    def delete(self, wait: Wait, named: Named, article_id: str) -> Answered:
        """Withdraw an article; no answer shows it any more. It need not be there."""
        return hand_in(Withdrawal(article_id), wait, named)


def shown(article: Article) -> Found:
    """An article, or that the client has it."""
    tag = tag_of(article)
    return not_modified(tag) if unchanged(tag) else tagged(article, tag)


def unknown_article(article_id: str) -> UnknownArticle:
    """The error that no article has this id."""
    return UnknownArticle(f"No article has the id “{article_id}”; GET /articles lists them.")
