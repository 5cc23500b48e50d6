"""`/context`: passages for a prompt, within a budget of tokens."""

from __future__ import annotations

from flask.views import MethodView

from api.contract import problems, resource
from api.errors import InvalidParameters
from api.grounding.context import Budget, CountTokens, build_context
from api.grounding.tokenizers import UnknownTokenizer, counter
from api.resources.serving import current_searcher
from api.schemas.context import ContextBody, ContextSchema, Given, Wanted
from api.schemas.strict import NoArguments

blueprint = resource("context", "Get passages ready for the prompt of a language model.")

BODY = {
    "query": "Nansei island chain deployments",
    "max_tokens": 1000,
    "max_passages": 6,
    "language": "en",
}


@blueprint.route("/context")
class ContextResource(MethodView):
    """The context for a question."""

    @blueprint.doc(operationId="context")
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(ContextBody(), location="json", example=BODY)
    @blueprint.response(200, ContextSchema(), description="The block, and what its numbers mean.")
    def post(self, _: object, wanted: Wanted) -> Given:
        """Get numbered, attributed passages as one block that never exceeds its budget.

        The same request to the same generation gives the same bytes.
        """
        budget = Budget(wanted.max_tokens, _counted_by(wanted.tokenizer), wanted.max_passages)
        return Given(wanted, build_context(current_searcher(), wanted.query, budget))


def _counted_by(tokenizer: str) -> CountTokens:
    try:
        return counter(tokenizer, current_searcher())
    except UnknownTokenizer as error:
        detail = str(error)
        raise InvalidParameters(
            f"tokenizer: {detail}", errors=[{"pointer": "#/tokenizer", "detail": detail}]
        ) from None
