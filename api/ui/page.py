"""`/`, `/docs` and what they are made of: static files under a policy that runs no other code."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.ui.assets import Asset, assets

blueprint = Blueprint("ui", __name__)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ASK_AGAIN, FOR_GOOD = "no-cache", "public, max-age=31536000, immutable"


@blueprint.get("/")
def search_page() -> Response:
    """The search page with its chat panel."""
    return _sent(assets().page("index.html"), ASK_AGAIN)


@blueprint.get("/docs")
def reference() -> Response:
    """The OpenAPI document, rendered."""
    return _sent(assets().page("docs.html"), ASK_AGAIN)


@blueprint.get("/static/<version>/<path:name>")
def static(version: str, name: str) -> Response:
    """A file; under the version of today it never changes, under another it may."""
    found = assets()
    if name not in found.by_name:
        raise NotFound
    return _sent(found.by_name[name], FOR_GOOD if version == found.version else ASK_AGAIN)


@blueprint.after_request
def guarded(response: Response) -> Response:
    """Send the policy with everything, errors included."""
    response.headers.update(HEADERS)
    return response


def _sent(asset: Asset, caching: str) -> Response:
    response = Response(asset.body, content_type=f"{asset.media_type}; charset=utf-8")
    response.set_etag(asset.digest[:32])
    response.headers["Cache-Control"] = caching
    response.make_conditional(request)
    return response
