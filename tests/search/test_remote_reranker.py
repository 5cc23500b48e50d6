"""A reranker behind an address is asked in the common shape, and trusted with nothing."""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.search.rerankers import RerankerFailed, open_reranker
from api.search.rerankers.remote import RemoteReranker
from indexer.errors import DatelineError, MissingExtra
from tests.processes import free_port

SECONDS = 30.0
PASSAGES = ["rain", "two ferries collide off the cape", "a dry summer"]


def soon(seconds: float = SECONDS) -> float:
    return time.monotonic() + seconds


class Handler(BaseHTTPRequestHandler):
    """Does what the test put into its server."""

    protocol_version = "HTTP/1.1"
    server: RerankServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), asked, self.client_address))
        # A client that has gone is what some of the tests are about.
        with suppress(ConnectionError):
            self.server.answer(self, asked)

    def reply(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  The name is the library's.
        pass


class RerankServer(ThreadingHTTPServer):
    """A server on this machine that answers as `answer` does, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str], dict[str, Any], object]] = []
        self.answer: Callable[[Handler, dict[str, Any]], None] = by_length
        self.closed = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/rerank"

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        self.closed.set()


def by_length(handler: Handler, asked: dict[str, Any]) -> None:
    """As Cohere and Jina do it: best first, with more in the answer than anybody needs."""
    texts = sorted(enumerate(asked["documents"]), key=lambda place: -len(place[1]))
    results = [
        {"index": number, "relevance_score": len(text) / 1000, "document": {"text": text}}
        for number, text in texts
    ]
    handler.reply(json.dumps({"id": "1", "results": results, "usage": {}}).encode())


@pytest.fixture
def server() -> Iterator[RerankServer]:
    server = RerankServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def remote(server: RerankServer) -> Iterator[RemoteReranker]:
    with closing(RemoteReranker(server.url, "acme-rerank", "s3cret")) as remote:
        yield remote


def test_an_address_is_asked_in_the_common_shape(
    remote: RemoteReranker, server: RerankServer
) -> None:
    assert remote.scores("ferry?", PASSAGES, soon()) == [0.004, 0.032, 0.012]
    [(path, headers, asked, _)] = server.asked
    assert path == "/v1/rerank"
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Content-Type"] == "application/json"
    assert asked == {
        "model": "acme-rerank",
        "query": "ferry?",
        "documents": PASSAGES,
        "top_n": 3,
    }


def test_model_and_key_are_left_out_when_there_are_none(server: RerankServer, cache: Path) -> None:
    reranker = open_reranker(server.url, cache)
    assert isinstance(reranker, RemoteReranker)
    with closing(reranker):
        reranker.scores("ferry?", ["lone \ud83d surrogate"], soon())
    [(_, headers, asked, _)] = server.asked
    assert "Authorization" not in headers
    assert asked == {"query": "ferry?", "documents": ["lone ? surrogate"], "top_n": 1}
    assert reranker.name == "127.0.0.1"


def test_nobody_is_asked_about_no_passages(remote: RemoteReranker, server: RerankServer) -> None:
    assert remote.scores("ferry?", [], soon()) == []
    assert server.asked == []


def test_nobody_is_asked_after_the_deadline(remote: RemoteReranker, server: RerankServer) -> None:
    with pytest.raises(RerankerFailed, match="no time was left"):
        remote.scores("ferry?", PASSAGES, time.monotonic())
    assert server.asked == []


def test_a_connection_is_used_again(remote: RemoteReranker, server: RerankServer) -> None:
    for _ in range(3):
        remote.scores("ferry?", PASSAGES, soon())
    assert len({client for *_, client in server.asked}) == 1


def test_a_connection_the_server_has_closed_is_opened_anew(
    remote: RemoteReranker, server: RerankServer
) -> None:
    def answer_and_hang_up(handler: Handler, asked: dict[str, Any]) -> None:
        by_length(handler, asked)
        handler.close_connection = True

    server.answer = answer_and_hang_up
    for _ in range(3):
        server.closed.clear()
        assert len(remote.scores("ferry?", PASSAGES, soon())) == 3
        assert server.closed.wait(SECONDS)


def test_threads_get_their_own_scores(remote: RemoteReranker) -> None:
    def ask(length: int) -> list[float]:
        return remote.scores("ferry?", ["x" * length, "y"], soon())

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(40))) == [[n / 1000, 0.001] for n in range(40)]


def _results(*pairs: tuple[object, object]) -> bytes:
    results = [{"index": index, "relevance_score": score} for index, score in pairs]
    return json.dumps({"results": results}).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>busy</html>", id="no JSON"),
        pytest.param(b'{"results": [{"index": 0, "relev', id="cut short"),
        pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
        pytest.param(b"[" * 200_000, id="endless nesting"),
        pytest.param(b"[0.5, 0.25]", id="bare scores"),
        pytest.param(b"{}", id="no results"),
        pytest.param(b'{"results": null}', id="null results"),
        pytest.param(b'{"results": {"0": 0.5, "1": 0.25}}', id="results by index"),
        pytest.param(b'{"results": [{"index": 0}, {"index": 1}]}', id="no scores"),
        pytest.param(_results(), id="empty results"),
        pytest.param(_results((1, 0.5)), id="index missing"),
        pytest.param(_results((0, 0.5), (0, 0.5)), id="index twice"),
        pytest.param(_results((0, 0.5), (1, 0.5), (1, 0.5)), id="one too many"),
        pytest.param(_results((0, 0.5), (2, 0.5)), id="index beyond"),
        pytest.param(_results((0, 0.5), (-1, 0.5)), id="negative index"),
        pytest.param(_results((False, 0.5), (True, 0.5)), id="booleans for indices"),
        pytest.param(_results((0.0, 0.5), (1.0, 0.5)), id="fractions for indices"),
        pytest.param(_results((0, 0.5), (1, math.nan)), id="NaN"),
        pytest.param(_results((0, 0.5), (1, math.inf)), id="infinity"),
        pytest.param(_results((0, 0.5), (1, 10**400)), id="beyond float"),
        pytest.param(_results((0, 0.5), (1, "0.5")), id="text for a score"),
        pytest.param(_results((0, 0.5), (1, True)), id="boolean for a score"),
        pytest.param(_results((0, 0.5), (1, None)), id="null for a score"),
    ],
)
def test_an_answer_that_is_not_one_score_a_passage_is_a_failure(
    remote: RemoteReranker, server: RerankServer, body: bytes
) -> None:
    server.answer = lambda handler, _: handler.reply(body)
    with pytest.raises(RerankerFailed) as failure:
        remote.scores("ferry?", ["one", "two"], soon())
    assert str(failure.value) == "The reranker acme-rerank did not give one score for each passage."


def test_whole_numbers_are_scores_too(remote: RemoteReranker, server: RerankServer) -> None:
    server.answer = lambda handler, _: handler.reply(_results((1, 2), (0, -1)))
    assert remote.scores("ferry?", ["one", "two"], soon()) == [-1.0, 2.0]


@pytest.mark.parametrize("status", [201, 204, 401, 422, 429, 500, 503])
def test_any_status_but_200_is_a_failure_that_repeats_nothing(
    remote: RemoteReranker, server: RerankServer, status: int
) -> None:
    server.answer = lambda handler, _: handler.reply(b"internal s3cret", status=status)
    with pytest.raises(RerankerFailed) as failure:
        remote.scores("ferry?", PASSAGES, soon())
    assert str(failure.value) == f"The reranker acme-rerank answered with status {status}."


def test_a_redirect_is_not_followed(remote: RemoteReranker, server: RerankServer) -> None:
    server.answer = lambda handler, _: handler.reply(b"", status=307, Location="/elsewhere")
    with pytest.raises(RerankerFailed, match="answered with status 307"):
        remote.scores("ferry?", PASSAGES, soon())
    assert [path for path, *_ in server.asked] == ["/v1/rerank"]


def _drip_head(handler: Handler, _: dict[str, Any]) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Patience: ")
    _drip(handler)


def _drip_body(handler: Handler, _: dict[str, Any]) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    _drip(handler)


def _drip(handler: Handler) -> None:
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.02)


def _say_nothing(handler: Handler, _: dict[str, Any]) -> None:
    handler.rfile.read(1)


@pytest.mark.parametrize("slow", [_drip_head, _drip_body, _say_nothing])
def test_a_server_that_is_not_done_by_the_deadline_is_hung_up_on(
    remote: RemoteReranker,
    server: RerankServer,
    slow: Callable[[Handler, dict[str, Any]], None],
) -> None:
    server.answer = slow
    with pytest.raises(RerankerFailed, match="acme-rerank did not answer in time"):
        remote.scores("ferry?", PASSAGES, soon(0.3))
    assert server.closed.wait(SECONDS)
    server.answer = by_length
    assert len(remote.scores("ferry?", PASSAGES, soon())) == 3


def test_an_answer_without_end_is_cut_off(remote: RemoteReranker, server: RerankServer) -> None:
    def pour(handler: Handler, _: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            handler.wfile.write(b" " * 65536)

    server.answer = pour
    with pytest.raises(RerankerFailed, match="answered with more than 4194304 bytes"):
        remote.scores("ferry?", PASSAGES, soon())
    assert server.closed.wait(SECONDS)


def test_an_answer_broken_off_is_a_failure(remote: RemoteReranker, server: RerankServer) -> None:
    def break_off(handler: Handler, _: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        handler.close_connection = True

    server.answer = break_off
    with pytest.raises(RerankerFailed, match=r"could not be asked \(RemoteProtocolError\)"):
        remote.scores("ferry?", PASSAGES, soon())


@pytest.mark.parametrize("host", ["127.0.0.1", "a..b", "nowhere.invalid"])
def test_a_server_that_cannot_be_reached_is_a_failure(host: str) -> None:
    unreachable = RemoteReranker(f"http://{host}:{free_port()}/rerank")
    with closing(unreachable) as remote, pytest.raises(RerankerFailed) as failure:
        remote.scores("ferry?", PASSAGES, soon())
    assert str(failure.value) == f"The reranker {host} could not be asked (ConnectError)."


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "https:///rerank",
        "https://[::1/rerank",
        "https://host:99999/rerank",
        "https://somebody:s3cret@host/rerank",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_and_not_repeated(
    address: str, cache: Path
) -> None:
    with pytest.raises(DatelineError, match="must look like https://host/v1/rerank") as refusal:
        open_reranker(address, cache)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("key", ["s3 cret", "s3cret\n", "s3crét"])
def test_a_key_no_header_can_hold_is_refused_and_not_repeated(key: str, cache: Path) -> None:
    with pytest.raises(DatelineError, match="must be printable ASCII") as refusal:
        open_reranker("https://host/rerank", cache, api_key=key)
    assert "s3" not in str(refusal.value)


def test_without_httpx2_an_address_asks_for_the_extra(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(MissingExtra, match=r"pip install 'dateline\[rerank\]'"):
        open_reranker("https://host/rerank", cache)


def test_a_reranker_never_asked_can_be_closed() -> None:
    RemoteReranker("https://host/rerank").close()
