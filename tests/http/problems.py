"""What a problem looks like to a test."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse


def assert_problem(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    body: dict[str, Any] = response.get_json()
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert body["type"] == f"urn:dateline:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def invalid(response: TestResponse) -> list[dict[str, str]]:
    body = assert_problem(response, 422, "invalid-parameters")
    errors: list[dict[str, str]] = body["errors"]
    return errors
