"""Sending articles to an application, and looking at what came of it."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from indexer.inbox import Inbox

KEY = {"Authorization": "Bearer first-key"}
JSON, NDJSON = "application/json", "application/x-ndjson"
FERRY = {
    "title": "Ferry late",
    "text": "HARBOUR TOWN, Jan 15 — The ferry left late. 🛰 Nobody knew why.",
    "source": "Harbour Post",
    "authors": ["Ana Ruiz"],
    "url": "https://harbour.example/ferry",
    "published_at": "2026-01-15T18:20:00+09:00",
    "section": "Local",
    "language": "en-GB",
    "metadata": {"keywords": ["ferry"], "score": 1.5},
}


def put(client: FlaskClient, article_id: str, body: Any, query: str = "") -> TestResponse:
    return client.put(f"/articles/{article_id}{query}", json=body, headers=KEY)


def post(client: FlaskClient, body: str | bytes, kind: str = JSON, query: str = "") -> TestResponse:
    return client.post(f"/articles{query}", data=body, content_type=kind, headers=KEY)


def waiting_ids(inbox: Inbox) -> list[str]:
    return [entry.article_id for entry in inbox.take(10_000, 10**9)]
