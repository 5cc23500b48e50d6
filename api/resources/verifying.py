"""The verifier that the resources of one application share."""

from __future__ import annotations

from flask import Flask, current_app

from api.grounding.verification import Verifier

_KEY = "dateline-verifier"


def verify_with(app: Flask, verifier: Verifier) -> None:
    """Let the resources of `app` check answers with `verifier`."""
    app.extensions[_KEY] = verifier


def current_verifier() -> Verifier:
    """The verifier of the application that handles the current request."""
    verifier: Verifier = current_app.extensions[_KEY]
    return verifier
