"""The whole, as its users see it: sample articles, the real model, gunicorn, HTTP."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event, Thread
from time import sleep
from urllib.parse import quote, urlsplit

import pytest

from api import gunicorn_settings
from indexer.failpoints import WRITING
from tests.conftest import SEEDS
from tests.processes import Server, dateline, free_port, running, serving

BEGUN = (
    b"POST /search HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
)
QUESTION = "Nansei island chain deployments"


@pytest.fixture(scope="module")
def server(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    with serving(seeds_index, environment, "--workers", "2") as server:
        yield server


def test_the_defence_story_comes_first_from_both_outlets(server: Server) -> None:
    hits = server.get("/search", q=QUESTION).json["hits"]
    assert {hit["article"]["id"] for hit in hits[:2]} == {
        "meridian-koizumi-pentagon",
        "harbour-koizumi-washington",
    }
    assert {hit["article"]["source"] for hit in hits[:2]} == {"Meridian Wire", "The Harbour Post"}
    assert all("Nansei" in hit["passage"]["text"] for hit in hits[:2])


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_hit_obeys_the_offset_law(server: Server, mode: str) -> None:
    for question in (QUESTION, "選挙", "Hochwasser am Rhein", "who won the cup final"):
        for hit in server.get("/search", q=question, mode=mode, limit="100").json["hits"]:
            text = server.get(f"/articles/{quote(hit['article']['id'])}").json["text"]
            passage = hit["passage"]
            assert text[passage["start"] : passage["end"]] == passage["text"]


def test_pages_cover_the_ranking_once(server: Server) -> None:
    ids: list[str] = []
    page = server.get("/search", q=QUESTION, limit="20").json
    while True:
        ids += [hit["passage"]["id"] for hit in page["hits"]]
        if page["next_cursor"] is None:
            break
        page = server.get("/search", q=QUESTION, limit="20", cursor=page["next_cursor"]).json
    assert len(ids) == len(set(ids)) == page["total"]["value"]


def test_an_answer_at_hand_is_not_sent_again(server: Server) -> None:
    tag = server.get("/search", q=QUESTION).headers["ETag"]
    again = server.request("/search", {"If-None-Match": tag}, {"q": QUESTION})
    assert (again.status, again.body) == (304, "")


def test_the_server_says_that_it_is_ready(server: Server) -> None:
    ready = server.get("/readyz").json
    assert ready["status"] == "ready"
    assert ready["articles"] >= 30


def test_serving_never_loads_torch(server: Server) -> None:
    server.get("/search", q=QUESTION)
    assert len(server.workers()) == 2
    for pid in server.workers():
        loaded = Path(f"/proc/{pid}/maps").read_text()
        assert "faiss" in loaded
        assert "torch" not in loaded


def test_a_worker_goes_on_sharing_what_its_master_has_loaded(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment, "--workers", "1") as server:
        lines = Path(f"/proc/{server.pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    assert kilobytes["Shared_Dirty"] > kilobytes["Private_Dirty"]


def test_indexing_a_second_time_encodes_nothing_and_never_imports_torch(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    assert seeds_index.exists()
    script = f"""
import sys
from api.cli import main
main(["index", {str(SEEDS / "articles")!r}, "--index", {str(tmp_path)!r}], standalone_mode=False)
assert not {{"torch", "transformers", "sentence_transformers"}} & sys.modules.keys()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert ": 0 encoded, " in done.stderr


def test_an_unreadable_request_line_is_a_problem_too(server: Server) -> None:
    for target, headers, status in (
        ("/search?q=" + "a" * 9000, {}, 414),
        ("/search", {"X-Long": "a" * 9000}, 431),
        ("/search", {"Bad Name": "x"}, 400),
    ):
        connection = http.client.HTTPConnection(*address_of(server), timeout=10)
        connection.putrequest("GET", target)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == status
        assert response.getheader("Content-Type") == "application/problem+json"
        response.read()
        connection.close()


def test_a_new_connection_goes_to_a_worker_with_a_thread_for_it(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment, "--workers", "2") as server, ExitStack() as stack:
        threads = 2 * gunicorn_settings.SEARCHING
        for _ in range(threads - 1):
            # A body that never comes holds its thread.
            client = stack.enter_context(socket.create_connection(address_of(server)))
            client.sendall(BEGUN)
        for _ in range(10):
            asking = http.client.HTTPConnection(*address_of(server), timeout=10)
            stack.enter_context(closing(asking)).request("GET", "/healthz")
            assert asking.getresponse().status == 200


def test_a_new_client_is_answered_while_others_keep_every_worker_busy(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment, "--workers", "1") as server, ExitStack() as stack:
        over = Event()
        stack.callback(over.set)
        for _ in range(2 * gunicorn_settings.SEARCHING):
            Thread(target=ask_until, args=(over, address_of(server)), daemon=True).start()
        sleep(0.5)
        for _ in range(5):
            asking = http.client.HTTPConnection(*address_of(server), timeout=5)
            stack.enter_context(closing(asking)).request("GET", "/healthz")
            assert asking.getresponse().status == 200


def test_clients_that_fall_silent_lose_their_threads(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    serve = ["serve", "--index", str(seeds_index), "--port", str(port)]
    script = f"from api import cli, worker; worker.SILENCE = 1; cli.main({serve})"
    with (tmp_path / "log").open("w+") as log, ExitStack() as stack:
        command = [sys.executable, "-c", script]
        server = stack.enter_context(running(command, port, environment, log))
        silent = [
            stack.enter_context(socket.create_connection(address_of(server), timeout=30))
            for _ in range(2 * gunicorn_settings.SEARCHING)
        ]
        for client in silent[::2]:
            client.sendall(BEGUN)
        for client in silent[1::2]:
            client.sendall(BEGUN[:30])
        assert server.get("/healthz").status == 200
        assert [b"malformed-request" in read(client) for client in silent[::2]] == [True] * 4
        assert [read(client) for client in silent[1::2]] == [b""] * 4
        assert (tmp_path / "log").read_text() == ""


def read(client: socket.socket) -> bytes:
    """All that is sent until the connection ends, or is quiet for a second."""
    client.settimeout(1)
    received = b""
    with suppress(TimeoutError):
        while piece := client.recv(4096):
            received += piece
    return received


def ask_until(over: Event, address: tuple[str, int]) -> None:
    """Ask one question after the other over one connection."""
    with closing(http.client.HTTPConnection(*address, timeout=10)) as connection:
        while not over.is_set():
            connection.request("GET", f"/search?q={quote(QUESTION)}")
            connection.getresponse().read()


def address_of(server: Server) -> tuple[str, int]:
    """Where a server listens."""
    address = urlsplit(server.url)
    return address.hostname or "", address.port or 0


def write_articles(folder: Path, wording: str) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(3):
        text = f"The ferry to island {number} {wording}. Passengers waited on the pier."
        (folder / f"{number}.txt").write_text(f"Ferry report {number}\n\n{text}\n")


@pytest.mark.parametrize("failpoint", WRITING)
def test_killing_the_indexer_leaves_a_whole_generation_serving_and_the_next_run_clean(
    failpoint: str, environment: dict[str, str], tmp_path: Path
) -> None:
    articles, index = tmp_path / "articles", tmp_path / "index"
    write_articles(articles, "left late")
    dateline("index", articles, "--index", index, env=environment)
    with serving(index, environment) as server:
        before = server.get("/search", q="ferry").json
        write_articles(articles, "sank at dawn")
        dateline(
            *("index", articles, "--index", index),
            env={**environment, "DATELINE_FAILPOINT": failpoint},
            code=-signal.SIGKILL,
        )
        server.catch_up(index)
        after = server.get("/search", q="ferry").json
        if failpoint == "current-renamed":
            assert "sank at dawn" in after["hits"][0]["passage"]["text"]
        else:
            assert (after["generation"], after["hits"]) == (before["generation"], before["hits"])

        dateline("index", articles, "--index", index, env=environment)
        server.catch_up(index)
        clean = server.get("/search", q="ferry").json
        assert clean["total"]["value"] == 3
        assert all("sank at dawn" in hit["passage"]["text"] for hit in clean["hits"])
    left = [path.name for path in index.rglob(".draft")]
    assert left == []
