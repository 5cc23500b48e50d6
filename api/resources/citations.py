"""`/citations/resolve`: where a citation stands today."""

from __future__ import annotations

from flask.views import MethodView

from api.contract import problems, resource
from api.errors import InvalidParameters
from api.grounding.resolving import QuoteNeeded, Saved, resolve
from api.resources.serving import current_searcher
from api.schemas.citations import ResolveBody, ResolvedSchema, Told
from api.schemas.strict import NoArguments

blueprint = resource("citations", "Find what was cited, whatever became of the article.")

BODY = {
    "article_id": "wire/0412-defence-talks",
    "start": 1204,
    "end": 1264,
    "quote": "Deployments along the Nansei island chain were on the table.",
}
_QUOTE_NEEDED = "The article is too long to find a text in it by its digest alone: give the quote."


@blueprint.route("/citations/resolve")
class ResolveResource(MethodView):
    """A citation that was saved."""

    @blueprint.doc(operationId="resolveCitation")
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(ResolveBody(), location="json", example=BODY)
    @blueprint.response(200, ResolvedSchema(), description="Where it stands today.")
    def post(self, _: object, cited: tuple[str, Saved]) -> Told:
        """See whether what was cited still stands where it stood, elsewhere, or no more.

        `exact` and `moved` always point at the very text that was cited.
        """
        article_id, saved = cited
        snapshot = current_searcher().snapshot()
        article = snapshot.article(article_id)
        try:
            resolved = resolve(article, saved)
        except QuoteNeeded:
            raise InvalidParameters(
                f"quote: {_QUOTE_NEEDED}",
                errors=[{"pointer": "#/quote", "detail": _QUOTE_NEEDED}],
            ) from None
        return Told(snapshot.manifest.generation, article_id, article, resolved)
