"""A chat endpoint that speaks OpenAI's protocol over a real socket, and does as it is told."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from api.answers.endpoint import ModelSettings

Step: TypeAlias = "Callable[[_Handler], None]"
PATIENCE_SECONDS = 20


class ScriptedModel:
    """Answers one request after the other with the next of its `replies`, and keeps count.

    `asked` holds the bodies; `open` is how many replies are under way, `gone` how many clients
    hung up in the middle of one.
    """

    def __init__(self) -> None:
        self.replies: list[list[Step]] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.open = self.gone = 0
        self.release = threading.Event()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.model = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    @property
    def url(self) -> str:
        """What `DATELINE_LLM_BASE_URL` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def settings(self, **others: Any) -> ModelSettings:
        """The settings that ask it."""
        return ModelSettings(self.url, "scripted", **others)

    def will(self, *replies: list[Step]) -> None:
        """Answer the next requests with these."""
        self.replies += replies

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that becomes true when others have done their part."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "It never came true."
            time.sleep(0.01)

    def close(self) -> None:
        """Let go of whatever still waits, and stop."""
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    model: ScriptedModel
    # `server_close` then waits for the threads of requests.
    daemon_threads = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        model = self.server.model
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with model.lock:
            model.asked.append(body)
            model.keys.append(self.headers.get("Authorization", ""))
            reply = model.replies.pop(0)
            model.open += 1
        self.close_connection = True
        try:
            for step in reply:
                step(self)
        finally:
            with model.lock:
                model.open -= 1

    def log_message(self, *_: object) -> None:
        pass

    def hung_up(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0.05)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except ConnectionResetError:
            return True


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    """A scripted model, until the block ends."""
    model = ScriptedModel()
    try:
        yield model
    finally:
        model.close()


def head(status: int = 200, **headers: str) -> Step:
    """Send the head of a stream, with these headers too, whose names are written with `_`."""

    def step(handler: _Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return step


begin = head()


def raw(text: str) -> Step:
    """Send these characters as one piece."""

    def step(handler: _Handler) -> None:
        sent = text.encode()
        handler.wfile.write(f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
        handler.wfile.flush()

    return step


def delta(finish_reason: str | None = None, **members: object) -> Step:
    """Send one chunk of a completion."""
    choice = {"index": 0, "delta": members, "finish_reason": finish_reason}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [choice],
    }
    return raw(f"data: {json.dumps(chunk)}\n\n")


def hold(handler: _Handler) -> None:
    """Say nothing more until the client hangs up or the test is over."""
    model = handler.server.model
    while not model.release.is_set():
        if handler.hung_up():
            with model.lock:
                model.gone += 1
            return


def think(handler: _Handler) -> None:
    """Give signs of life until the client hangs up or the test is over."""
    while not (handler.server.model.release.is_set() or handler.hung_up()):
        delta(reasoning_content="Hm.")(handler)


def flood(handler: _Handler) -> None:
    """Send a line that does not end, until the client hangs up or the test is over."""
    model = handler.server.model
    piece = raw("x" * 2**16)
    try:
        while not model.release.is_set():
            piece(handler)
    except (BrokenPipeError, ConnectionResetError):
        with model.lock:
            model.gone += 1


def pause(seconds: float) -> Step:
    """Say nothing for a while."""
    return lambda _: time.sleep(seconds)


def end(handler: _Handler) -> None:
    """End the body as HTTP wants it."""
    handler.wfile.write(b"0\r\n\r\n")


def says(*pieces: str) -> list[Step]:
    """A whole answer in these pieces."""
    spoken = [delta(content=piece) for piece in pieces]
    return [begin, delta(role="assistant"), *spoken, delta("stop"), raw("data: [DONE]\n\n"), end]


def breaks_off(*pieces: str) -> list[Step]:
    """The beginning of an answer; then the connection is closed."""
    return [begin, *(delta(content=piece) for piece in pieces)]


def fails(status: int) -> list[Step]:
    """An error in OpenAI's shape."""

    def step(handler: _Handler) -> None:
        body = json.dumps({"error": {"message": "No.", "type": "x", "param": None, "code": None}})
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Retry-After", "60")
        handler.end_headers()
        handler.wfile.write(body.encode())

    return [step]
