"""`/healthz` and `/readyz`: for whoever keeps the process running."""

from __future__ import annotations

from flask.views import MethodView

from api.contract import problems, resource
from api.errors import NotReady, problem_of
from api.resources.serving import current_searcher
from api.schemas.health import Check, HealthSchema, Readiness, ReadinessSchema
from api.search.generations import Behind
from api.search.searcher import Searcher
from indexer.engines.base import Snapshot
from indexer.errors import DatelineError, IndexDamaged, MissingExtra, ModelUnavailable

blueprint = resource("health", "See whether the process is alive and can answer.")


@blueprint.route("/healthz")
class HealthResource(MethodView):
    """Whether the process is alive."""

    @blueprint.doc(operationId="isAlive")
    @problems(blueprint, 405)
    @blueprint.response(200, HealthSchema(), description="Alive.")
    def get(self) -> dict[str, str]:
        """See whether the process is alive; nothing else is looked at."""
        return {"status": "alive"}


@blueprint.route("/readyz")
class ReadinessResource(MethodView):
    """Whether queries can be answered."""

    @blueprint.doc(operationId="isReady")
    @problems(blueprint, 405, 503)
    @blueprint.response(200, ReadinessSchema(), description="Ready.")
    def get(self) -> Readiness:
        """See whether queries can be answered: the index is open and its model is loaded."""
        return readiness(current_searcher())


def readiness(searcher: Searcher) -> Readiness:
    """What is being served; raises NotReady with the named checks."""
    generations = searcher.generations
    try:
        snapshot = generations.newest().snapshot
    except DatelineError as error:
        raise NotReady(
            "Each of `checks` says what to do.",
            checks=[check.to_json() for check in _failed(error)],
        ) from error
    manifest = snapshot.manifest
    model = Check("model", "pass", "Loaded.")
    checks = _index(snapshot), model, _newest(generations.behind)
    return Readiness(
        "ready" if all(check.status == "pass" for check in checks) else "degraded",
        manifest.generation,
        manifest.articles,
        manifest.passages,
        manifest.segments,
        checks,
    )


def _index(snapshot: Snapshot) -> Check:
    if not snapshot.damaged:
        return Check("index", "pass", "Open.")
    return Check("index", "fail", f"Some requests meet damage. {_told(IndexDamaged())}")


def _newest(behind: Behind | None) -> Check:
    if behind is None:
        return Check("newest", "pass", "Served.")
    return Check("newest", "fail", f"The generation before serves on. {_told(behind.error)}")


def _failed(error: DatelineError) -> tuple[Check, Check]:
    detail = _told(error)
    if isinstance(error, ModelUnavailable | MissingExtra):
        return Check("index", "pass", "Open."), Check("model", "fail", detail)
    unseen = Check("model", "unknown", "The index names its model, and is not open.")
    return Check("index", "fail", detail), unseen


def _told(error: Exception) -> str:
    if not isinstance(error, DatelineError):
        return "Something unforeseen went wrong: the log says what."
    problem = problem_of(error)
    return f"{problem.title}. {problem.detail}"
