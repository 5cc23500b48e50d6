"""`/jobs`: what became of articles that were handed in."""

from __future__ import annotations

from flask.views import MethodView

from api.auth import SECURITY, needs_write_key
from api.contract import problems, resource
from api.resources.writing import receiving, tell
from api.schemas.jobs import JobSchema, Told
from api.schemas.strict import NoArguments
from api.writing_problems import UnknownJob

blueprint = resource("jobs", "See what became of articles that were handed in.")

JOB_ID = {
    "in": "path",
    "name": "job_id",
    "description": "Id of the job, as `Location` tells it.",
    "schema": {"type": "string", "examples": ["8c7f6f0f0f7e4d6f9f3b1d5a2c4e6a80"]},
}


@blueprint.route("/jobs/<job_id>", parameters=[JOB_ID])
class JobResource(MethodView):
    """One job."""

    @blueprint.doc(operationId="getJob", security=SECURITY)
    @needs_write_key
    @problems(blueprint, 400, 401, 403, 404, 405, 422, 503)
    @blueprint.arguments(NoArguments(), location="query")
    @blueprint.response(200, JobSchema(), description="The job.")
    def get(self, _: object, job_id: str) -> tuple[Told, dict[str, str]]:
        """See how far a job has come. Finished ones are forgotten in time."""
        job = receiving().inbox.job(job_id)
        if job is None:
            raise UnknownJob(
                f"No job has the id “{job_id}”; finished ones are forgotten after a day, "
                "or when 10,000 others have finished."
            )
        return tell(job), {"Cache-Control": "no-store"}
