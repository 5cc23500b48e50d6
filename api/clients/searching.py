"""Asking a Dateline server: what the retrievers for other libraries have in common."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2

from indexer.errors import DatelineError

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_SECONDS = 30.0
# What is a keyword of Python's goes by other names here.
_RENAMED = {"published_from": "from", "published_to": "to"}


class SearchFailed(DatelineError):
    """A search that was refused, or did not come through; `status` is None where none did.

    `problem` is what the server told of it (RFC 9457).
    """

    def __init__(
        self, told: str, status: int | None = None, problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(told)
        self.status, self.problem = status, problem or {}


@dataclass(frozen=True, slots=True)
class Found:
    """A passage found: `text` is what stands from `start` to `end` in that of its article.

    `metadata` is what is known of both; `relevance` the probability, 0 to 1, that it answers, or
    None; `score` orders within one search.
    """

    passage_id: str
    article_id: str
    title: str
    text: str
    start: int
    end: int
    relevance: float | None
    score: float
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Searching:
    """Asks the server at `url`, and gives up after so many `seconds`."""

    url: str = DEFAULT_URL
    seconds: float = DEFAULT_SECONDS

    def search(self, question: str, parameters: Mapping[str, Any]) -> list[Found]:
        """The passages found; raises SearchFailed with what the server says."""
        try:
            with httpx2.Client(timeout=self.seconds, verify=_trust()) as client:
                return _read(client.post(self._address, json=_body(question, parameters)))
        except httpx2.HTTPError as error:
            raise self._unreached(error) from error

    async def asearch(self, question: str, parameters: Mapping[str, Any]) -> list[Found]:
        """As `search`, without blocking the event loop."""
        # A client belongs to one event loop, and callers may have several.
        try:
            async with httpx2.AsyncClient(timeout=self.seconds, verify=_trust()) as client:
                return _read(await client.post(self._address, json=_body(question, parameters)))
        except httpx2.HTTPError as error:
            raise self._unreached(error) from error

    @property
    def _address(self) -> str:
        return f"{self.url.rstrip('/')}/search"

    def _unreached(self, error: Exception) -> SearchFailed:
        return SearchFailed(
            f"Dateline at {self.url} did not answer ({type(error).__name__}): is it running there?"
        )


def _body(question: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in parameters.items() if value is not None}
    return {"query": question, **{_RENAMED.get(name, name): each for name, each in given.items()}}


def _read(response: httpx2.Response) -> list[Found]:
    body = _object(response)
    if response.status_code != 200 or "hits" not in body:
        told = body.get("detail") or f"The server answered with status {response.status_code}."
        raise SearchFailed(told, response.status_code, body)
    return [_found(hit) for hit in body["hits"]]


def _object(response: httpx2.Response) -> dict[str, Any]:
    """The object in the body; an empty one where there is none, as from some other server."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _found(hit: Mapping[str, Any]) -> Found:
    article, passage = hit["article"], hit["passage"]
    return Found(
        passage_id=passage["id"],
        article_id=article["id"],
        title=article["title"],
        text=passage["text"],
        start=passage["start"],
        end=passage["end"],
        relevance=hit["relevance"],
        score=hit["score"],
        metadata={
            "article_id": article["id"],
            "passage_id": passage["id"],
            "title": article["title"],
            "source": article["source"],
            "authors": article["authors"],
            "url": article["url"],
            "published_at": article["published_at"],
            "section": article["section"],
            "language": article["language"],
            "relevance": hit["relevance"],
            "citation": hit["citation"],
        },
    )


# Reading the certificates of the system takes 20 ms.
@cache
def _trust() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
