"""`/search/why-not`: why an article is not among the hits."""

from __future__ import annotations

from flask.views import MethodView

from api.contract import problems, resource
from api.resources.serving import current_searcher
from api.schemas.query import WhyNotBody
from api.schemas.strict import NoArguments
from api.schemas.why_not import Told, WhyNotSchema
from api.search.query import Query

blueprint = resource("why-not", "See why an article is not among the hits.")

BODY = {
    "article_id": "wire/0412-defence-talks",
    "query": "Nansei island chain deployments",
    "source": "The Harbour Post",
    "limit": 5,
}


@blueprint.route("/search/why-not")
class WhyNotResource(MethodView):
    """What became of one article under one query."""

    @blueprint.doc(operationId="whyNot")
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(WhyNotBody(), location="json", example=BODY)
    @blueprint.response(200, WhyNotSchema(), description="What became of it.")
    def post(self, _: object, asked: tuple[Query, str]) -> Told:
        """See what kept an article out of the first hits, and what it would have needed.

        The body is that of a search, without `cursor`. An article nobody has indexed is an answer
        too: `not_indexed`.
        """
        query, article_id = asked
        return Told(query, current_searcher().why_not(query, article_id))
