"""`/verify`: whether articles bear out what an answer says."""

from __future__ import annotations

from collections.abc import Sequence

from flask.views import MethodView

from api.contract import problems, resource
from api.errors import InvalidParameters
from api.grounding.references import extent, followed
from api.grounding.verdict import Cited
from api.resources.serving import current_searcher
from api.resources.verifying import current_verifier
from api.schemas.strict import NoArguments
from api.schemas.verify import Asked, Verified, VerifyBody, VerifySchema

blueprint = resource("verify", "Check an answer against the articles it cites.")

BODY = {
    "answer": "The ministers spoke about the Nansei island chain [1]. They met on Thursday [1].",
    "citations": [{"n": 1, "article_id": "wire/0412-defence-talks", "start": 1204, "end": 1264}],
}
# So many letters are read in three seconds, in scripts without spaces in ten.
MOST_READ = 1_000_000
_TOO_MUCH = (
    f"What is cited, and the articles it is from, must have at most {MOST_READ:,} letters "
    "together: cite fewer or shorter articles, or less of them."
)


@blueprint.route("/verify")
class VerifyResource(MethodView):
    """What of an answer is borne out."""

    @blueprint.doc(operationId="verify")
    @problems(blueprint, 400, 405, 413, 415, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.arguments(VerifyBody(), location="json", example=BODY)
    @blueprint.response(200, VerifySchema(), description="Its sentences, and what became of each.")
    def post(self, _: object, asked: Asked) -> Verified:
        """Check each sentence of an answer against what it cites, or against the whole index.

        A citation that does not hold (any more) is a problem of the sentences that refer to it.
        """
        return verified(asked)


def verified(asked: Asked) -> Verified:
    """The answer, checked against the newest generation."""
    snapshot = current_searcher().snapshot()
    cited, broken = None, None
    if asked.references is not None:
        cited, broken = followed(asked.references, snapshot)
        _refuse_too_much(cited)
    sentences = current_verifier().verify(asked.answer, cited, broken)
    return Verified(asked.answer, snapshot.manifest.generation, sentences)


def _refuse_too_much(cited: Sequence[Cited]) -> None:
    if extent(cited) > MOST_READ:
        raise InvalidParameters(
            f"citations: {_TOO_MUCH}", errors=[{"pointer": "#/citations", "detail": _TOO_MUCH}]
        )
