"""The searcher that the resources of one application share."""

from __future__ import annotations

from flask import Flask, current_app

from api.search.searcher import Searcher

_KEY = "dateline"


def serve(app: Flask, searcher: Searcher) -> None:
    """Let the resources of `app` answer from `searcher`."""
    app.extensions[_KEY] = searcher


def current_searcher() -> Searcher:
    """The searcher of the application that handles the current request."""
    searcher: Searcher = current_app.extensions[_KEY]
    return searcher
