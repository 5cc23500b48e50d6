"""`/openapi.yaml`: the contract itself."""

from __future__ import annotations

from functools import cache

from flask import Response, current_app
from flask.views import MethodView

from api.contract import document, problems, resource

blueprint = resource("openapi", "Read this document.")

MEDIA_TYPE = "application/yaml"
DOCUMENT = {"type": "string", "description": "An OpenAPI 3.1 document in YAML."}


@blueprint.route("/openapi.yaml")
class OpenApiResource(MethodView):
    """The OpenAPI document."""

    @blueprint.doc(operationId="getOpenApi")
    @problems(blueprint, 405)
    @blueprint.response(200, DOCUMENT, content_type=MEDIA_TYPE, description="This document.")
    def get(self) -> Response:
        """Read the OpenAPI document of this server."""
        return Response(text(), mimetype=MEDIA_TYPE)


@cache
def text() -> str:
    """The document, written once a process: all its applications have the one contract."""
    return document(current_app)
