"""`/openwebui/search`: the index as the external web search of Open WebUI.

https://docs.openwebui.com/features/web-search/external: a query and a count go in, links with
titles and snippets come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask.views import MethodView
from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Range

from api.contract import problems, resource
from api.resources.serving import current_searcher
from api.schemas.described import described
from api.schemas.fields import Text, WholeNumber
from api.schemas.filters import MAX_LIMIT
from api.schemas.query import MAX_QUERY_LENGTH
from api.search.query import Hit, Query
from indexer.documents import Article

blueprint = resource("open-webui", "Use the index as the web search of Open WebUI.")


class WebSearchBody(Schema):
    """The body of `POST /openwebui/search`; what Open WebUI may add one day is let pass."""

    query = Text(
        required=True,
        length=MAX_QUERY_LENGTH,
        metadata=described("The question.", "Nansei island chain deployments"),
    )
    count = WholeNumber(
        load_default=10,
        validate=Range(1, error="Must be at least 1."),
        metadata=described("How many results at most; more than 100 are never given.", 3),
    )


class WebResultSchema(Schema):
    """An article found."""

    link = fields.String(
        metadata=described(
            "Where it was published; where that is not known, its address on this server.",
            "https://meridian.example/0412",
        )
    )
    title = fields.String(metadata=described("Headline.", "Defence chiefs meet in Washington"))
    snippet = fields.String(
        metadata=described(
            "Its best passage, verbatim.",
            "Deployments along the Nansei island chain were on the table.",
        )
    )


@blueprint.route("/openwebui/search")
class WebSearchResource(MethodView):
    """The articles that answer a question."""

    @blueprint.doc(operationId="openWebUiSearch")
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(WebSearchBody(), location="json", unknown=EXCLUDE)
    @blueprint.response(200, WebResultSchema(many=True), description="The articles, best first.")
    def post(self, asked: Mapping[str, Any]) -> list[dict[str, str]]:
        """Search for Open WebUI: an entry an article, none where nothing answers."""
        limit = min(asked["count"], MAX_LIMIT)
        ranking = current_searcher().search(Query(asked["query"], limit=limit, collapse="article"))
        return [_result(hit) for hit in ranking.hits]


def _result(hit: Hit) -> dict[str, str]:
    article = hit.article
    return {"link": _link(article), "title": article.title, "snippet": hit.passage.text}


def _link(article: Article) -> str:
    """An address that can be opened: Open WebUI may load what is there."""
    here = url_for("articles.ArticleResource", article_id=article.id, _external=True)
    return article.url or here
