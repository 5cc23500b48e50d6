"""What is read of an endpoint's response, be it an answer or an error: so much and no more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import cast

import httpx2

from api.answers.endpoint import ModelFailed

# The client gathers a line, or an error, until that ends, which it may never do. Thoughts come in
# pieces of some 300 bytes a word: this is an answer with fifty thousand of them.
MAX_BYTES = 16 * 2**20
# A few bytes of what is compressed may be gigabytes of memory.
PLAIN = {"Accept-Encoding": "identity"}


async def bound(response: httpx2.Response) -> None:
    """Have `response` end with ModelFailed where it goes beyond; a hook of the client."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ModelFailed("compressed what it sent, which it was not asked to")
    # Those of an asynchronous client are.
    response.stream = _Bounded(cast("httpx2.AsyncByteStream", response.stream))


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces, read = aiter(self._stream), 0
        try:
            async for piece in pieces:
                read += len(piece)
                if read > MAX_BYTES:
                    raise ModelFailed("sent more than an answer can be")
                yield piece
        finally:
            # Left to the collector, it would be closed when the loop may be gone.
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    async def aclose(self) -> None:
        await self._stream.aclose()
