"""Reranking over HTTP: the `/rerank` that Cohere (v2), Jina (v1), vLLM and others share.

https://docs.cohere.com/reference/rerank and https://jina.ai/reranker; of the answer only
`results[].index` and `results[].relevance_score` are read.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from api.search.rerankers.base import RerankerFailed
from indexer.encoders.base import well_formed
from indexer.errors import DatelineError, MissingExtra

if TYPE_CHECKING:
    from httpx2 import URL, AsyncClient

# Answers may carry the passages again; fifty of them, long and escaped, stay far below this.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# Opening a connection anew costs a good part of the time a search has for reranking.
KEEP_ALIVE_SECONDS = 60


class RemoteReranker:
    """Asks a server for the scores; keeps its connections, safe to use from several threads.

    Requests run on an event loop in a thread of their own, because only there can one be ended at
    any point: with a timeout for each read, a server could go on for ever, a byte at a time.
    """

    def __init__(self, url: str, model: str = "", api_key: str = "") -> None:
        """Rerank with `model` at `url`, with `api_key` as bearer token; nothing is sent yet.

        Raises DatelineError for a bad URL or key, MissingExtra when httpx2 is not installed.
        """
        _require_extra()
        self._url = _address(url)
        self._model = model
        self._client = _client(api_key)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model asked for, or the host of a server that knows but one."""
        return self._model or self._url.host

    def scores(self, query: str, passages: Sequence[str], deadline: float) -> list[float]:
        """One score a passage, as the server gave it; gives up at the deadline."""
        if not passages:
            return []
        answer = self._ask(self._request(query, passages), deadline - time.monotonic())
        try:
            return _read(answer, len(passages))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise self._failed("did not give one score for each passage") from None

    def close(self) -> None:
        """Close the connections and end the thread; the reranker cannot be used any more."""
        with self._lock:
            if self._loop:
                asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result()
                self._loop.call_soon_threadsafe(self._loop.stop)

    def _request(self, query: str, passages: Sequence[str]) -> dict[str, object]:
        asked: dict[str, object] = {
            "query": well_formed(query),
            "documents": [well_formed(passage) for passage in passages],
            "top_n": len(passages),
        }
        return {"model": self._model, **asked} if self._model else asked

    def _ask(self, request: dict[str, object], seconds: float) -> bytes:
        import httpx2

        if seconds <= 0:
            raise self._failed("was not asked, as no time was left")
        future = asyncio.run_coroutine_threadsafe(self._post(request), self._running_loop())
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise self._failed("did not answer in time") from None
        except httpx2.HTTPError as error:
            raise self._failed(f"could not be asked ({type(error).__name__})") from None

    async def _post(self, request: dict[str, object]) -> bytes:
        answer = bytearray()
        async with self._client.stream("POST", self._url, json=request) as response:
            if response.status_code != 200:
                raise self._failed(f"answered with status {response.status_code}")
            async for piece in response.aiter_raw():
                answer += piece
                if len(answer) > MAX_ANSWER_BYTES:
                    raise self._failed(f"answered with more than {MAX_ANSWER_BYTES} bytes")
        return bytes(answer)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        # Begun with the first request: a thread does not survive the fork into worker processes.
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=[self._loop], daemon=True).start()
            return self._loop

    def _failed(self, what: str) -> RerankerFailed:
        return RerankerFailed(f"The reranker {self.name} {what}.")


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def _read(answer: bytes, count: int) -> list[float]:
    """The scores by index; raises one of several built-in errors when they are not all there."""
    results: list[dict[str, Any]] = json.loads(answer)["results"]
    scores = {_index(result["index"]): _score(result["relevance_score"]) for result in results}
    if len(results) != count:
        raise ValueError("more or fewer results than passages")
    return [scores[index] for index in range(count)]


def _index(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError("an index is a whole number")


def _score(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise TypeError("a score is a finite number")


def _require_extra() -> None:
    try:
        import httpx2
    except ImportError as error:
        raise MissingExtra(
            "A reranker behind an address needs another package: pip install 'dateline[rerank]'"
        ) from error
    del httpx2


def _address(url: str) -> URL:
    import httpx2

    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL:
        address = httpx2.URL()
    usable = address.scheme in ("http", "https") and address.host and (address.port or 1) < 65536
    # Neither is repeated in the message: a password may be part of it.
    if not usable or address.userinfo:
        raise DatelineError(
            "The address of a reranker must look like https://host/v1/rerank, "
            "and its key belongs in DATELINE_RERANKER_API_KEY."
        )
    return address


def _client(api_key: str) -> AsyncClient:
    import httpx2

    if not all("!" <= character <= "~" for character in api_key):
        raise DatelineError("DATELINE_RERANKER_API_KEY must be printable ASCII without spaces.")
    # Compressed, a small answer could grow beyond all bounds.
    headers = {"Accept-Encoding": "identity"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    limits = httpx2.Limits(max_connections=None, keepalive_expiry=KEEP_ALIVE_SECONDS)
    return httpx2.AsyncClient(headers=headers, timeout=None, limits=limits, follow_redirects=False)
