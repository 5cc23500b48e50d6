"""A language model behind any chat endpoint that speaks OpenAI's protocol, asked for a stream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from api.answers.conversation import Message
from api.answers.endpoint import ModelFailed, ModelSettings
from indexer.encoders.base import well_formed
from indexer.errors import DatelineError, MissingExtra

if TYPE_CHECKING:
    from openai import AsyncOpenAI

# Whoever waits for a model is told so this often; it is how a client that has gone is noticed.
HEARTBEAT_SECONDS = 1.0
# An answer that goes on beyond this is none.
MAX_SIGNS = 16_000


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens a model read and wrote."""

    prompt: int
    completion: int


class LanguageModel:
    """Asks a chat endpoint; keeps its connections, safe to use from several threads.

    Requests run on an event loop in a thread of their own, because only there can one be ended at
    any point, be it that the model is silent or that nobody waits for it any more.
    """

    def __init__(self, settings: ModelSettings) -> None:
        """Nothing is sent yet; raises MissingExtra, or DatelineError for a bad address or key."""
        self._settings = settings
        self._client = _client(settings)
        self._free = threading.BoundedSemaphore(settings.streams)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def stream(self, messages: Sequence[Message]) -> Generator[str | Usage | None, None, None]:
        """What the model says, piece by piece, and None once a second.

        Closing the iterator ends the request. Raises ModelFailed, which may come after pieces.
        """
        with self._place():
            received: SimpleQueue[_Received] = SimpleQueue()
            asked = self._asked(messages, received)
            reading = asyncio.run_coroutine_threadsafe(asked, self._running_loop())
            try:
                yield from self._arriving(received, reading)
            finally:
                reading.cancel()

    def close(self) -> None:
        """Close the connections and end the thread; the model cannot be asked any more."""
        with self._lock:
            if self._loop:
                asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
                self._loop.call_soon_threadsafe(self._loop.stop)

    @contextmanager
    def _place(self) -> Iterator[None]:
        # Each holds a thread of the server, and searches must go on beside them.
        if not self._free.acquire(blocking=False):
            raise ModelFailed("has as many questions before it as it may have at once")
        try:
            yield
        finally:
            self._free.release()

    def _arriving(
        self, received: SimpleQueue[_Received], reading: Future[None]
    ) -> Iterator[str | Usage | None]:
        over = monotonic() + self._settings.seconds
        silent = monotonic() + self._settings.silence
        beat = monotonic() + HEARTBEAT_SECONDS
        signs = 0
        while True:
            # Also while much is said: it may be thoughts, or what nobody is shown.
            if monotonic() >= beat:
                beat = monotonic() + HEARTBEAT_SECONDS
                yield None
            if monotonic() >= min(over, silent):
                raise ModelFailed("did not answer in time")
            try:
                piece = received.get(timeout=max(0.0, min(over, silent, beat) - monotonic()))
            except Empty:
                continue
            if isinstance(piece, _Ended):
                _raise_failure(reading)
                return
            silent = monotonic() + self._settings.silence
            signs += len(piece) if isinstance(piece, str) else 0
            if signs > MAX_SIGNS:
                raise ModelFailed("did not come to an end")
            yield piece

    async def _asked(self, messages: Sequence[Message], received: SimpleQueue[_Received]) -> None:
        try:
            # What any such endpoint understands, and no more: some refuse what they do not know.
            # The client types a message by its role, which is a text here.
            stream: Any = await self._client.chat.completions.create(
                model=self._settings.model,
                messages=[{"role": m.role, "content": well_formed(m.text)} for m in messages],  # type: ignore[misc]
                stream=True,
            )
            async with stream:
                await _read(stream, received)
        finally:
            received.put(_Ended())

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        # Begun with the first request: a thread does not survive the fork into worker processes.
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=[self._loop], daemon=True).start()
            return self._loop


@dataclass(frozen=True, slots=True)
class _Ended:
    """Nothing more comes; the future of the request says whether all was well."""


_Received = str | Usage | _Ended


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _read(stream: Any, received: SimpleQueue[_Received]) -> None:
    finished = said = False
    async for chunk in stream:
        if usage := _usage(chunk):
            received.put(usage)
        for choice in (chunk.choices or [])[:1]:
            text = _text(choice)
            said = said or bool(text.strip())
            finished = finished or choice.finish_reason is not None
            # Empty ones are signs of life: of a model that thinks before it speaks.
            received.put(text)
    if not finished:
        raise ModelFailed("broke off")
    if not said:
        raise ModelFailed("said nothing")


def _text(choice: Any) -> str:
    if choice.finish_reason == "content_filter" or getattr(choice.delta, "refusal", None):
        raise ModelFailed("refused")
    text = getattr(choice.delta, "content", None) or ""
    if not isinstance(text, str):
        raise ModelFailed("sent something else than text")
    return well_formed(text)


def _usage(chunk: Any) -> Usage | None:
    found = getattr(chunk, "usage", None)
    prompt = getattr(found, "prompt_tokens", None)
    completion = getattr(found, "completion_tokens", None)
    if type(prompt) is int and type(completion) is int:
        return Usage(prompt, completion)
    return None


def _raise_failure(reading: Future[None]) -> None:
    import httpx2
    import openai

    try:
        reading.result()
    except openai.APIStatusError as error:
        raise ModelFailed(f"answered with status {error.status_code}") from None
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise ModelFailed(f"could not be asked ({type(error).__name__})") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ModelFailed("sent what cannot be read") from None


def _client(settings: ModelSettings) -> AsyncOpenAI:
    try:
        import httpx2
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        from api.answers.bounded import PLAIN, bound
    except ImportError as error:
        raise MissingExtra(
            "Answers of a language model need another package: pip install 'dateline[answers]'"
        ) from error
    if not all("!" <= sign <= "~" for sign in settings.api_key):
        raise DatelineError("DATELINE_LLM_API_KEY must be printable ASCII without spaces.")
    try:
        address = httpx2.URL(settings.base_url)
    except httpx2.InvalidURL:
        address = httpx2.URL()
    # It is not repeated in the message: a password may be part of it.
    if address.scheme not in ("http", "https") or not address.host or address.userinfo:
        raise DatelineError(
            "DATELINE_LLM_BASE_URL must look like https://host/v1; the key belongs in "
            "DATELINE_LLM_API_KEY."
        )
    return AsyncOpenAI(
        base_url=settings.base_url,
        # The client wants one, or takes that of the environment, which is another's.
        api_key=settings.api_key or "none",
        # Time is kept here, and who waits for an answer has no time for a second attempt.
        max_retries=0,
        timeout=None,
        http_client=DefaultAsyncHttpxClient(headers=PLAIN, event_hooks={"response": [bound]}),
    )
