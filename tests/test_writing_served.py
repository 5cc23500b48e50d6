"""Articles come in over HTTP while people search: real gunicorn, real `dateline ingest`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from api.ingest_process import IngestProcess
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.failpoints import INGESTING
from indexer.inbox import Inbox
from indexer.jobs import JobState, Put, Withdrawal
from tests.processes import Server, dateline, free_port, running, serving
from tests.waiting_room import article, found, hand_in, texts, waiting

KEY = "a-key-for-tests"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def writable(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a server that takes articles."""
    return {**environment, "DATELINE_WRITE_KEYS": KEY}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "index"


@pytest.fixture(scope="module")
def server(index: Path, writable: dict[str, str]) -> Iterator[Server]:
    with serving(index, writable) as server:
        eventually(lambda: bool(server.ingest()))
        yield server


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.05)


def put(server: Server, article_id: str, text: str) -> None:
    answer = server.send(
        "PUT", f"/articles/{article_id}?wait=searchable&wait_seconds=30", KEY, {"text": text}
    )
    assert (answer.status, answer.json["state"]) == (200, "searchable"), answer.body


def found_texts(server: Server, question: str) -> list[str]:
    hits = server.get("/search", q=question, mode="lexical", include_weak="true").json["hits"]
    for hit in hits:
        text = server.get(f"/articles/{hit['article']['id']}").json["text"]
        passage = hit["passage"]
        assert text[passage["start"] : passage["end"]] == passage["text"]
    return [hit["passage"]["text"] for hit in hits]


def test_an_article_is_found_corrected_and_withdrawn_by_whoever_asked(server: Server) -> None:
    put(server, "ferry", "The zeppelin left Friedrichshafen at noon.")
    assert found_texts(server, "zeppelin") == ["The zeppelin left Friedrichshafen at noon."]
    put(server, "ferry", "The steamer left Friedrichshafen at noon.")
    assert found_texts(server, "zeppelin") == []
    assert found_texts(server, "steamer") == ["The steamer left Friedrichshafen at noon."]
    gone = server.send("DELETE", "/articles/ferry?wait=searchable&wait_seconds=30", KEY)
    assert (gone.status, gone.json["counts"]["withdrawn"]) == (200, 1)
    assert found_texts(server, "steamer") == []


def test_when_whoever_works_articles_in_is_killed_nothing_is_lost_or_doubled(
    server: Server, index: Path
) -> None:
    jobs = []
    for number in range(12):
        body = {"text": f"Lighthouse number {number} was painted."}
        answer = server.send("PUT", f"/articles/light{number}", KEY, body)
        assert answer.status == 202
        jobs.append(answer.headers["Location"])
        if number % 4 == 2:
            eventually(lambda: bool(server.ingest()))
            os.kill(server.ingest()[0], signal.SIGKILL)
    for job in jobs:
        eventually(lambda: server.send("GET", job, KEY).json["state"] == "searchable")  # noqa: B023 (called at once)
    held = texts(LocalEngine(index))
    lights = {article_id: text for article_id, text in held.items() if "light" in article_id}
    assert lights == {f"light{n}": f"Lighthouse number {n} was painted." for n in range(12)}
    assert len(found_texts(server, "lighthouse")) == 10


def test_whoever_works_articles_in_ends_with_the_server(
    writable: dict[str, str], tmp_path: Path
) -> None:
    with serving(tmp_path / "index", writable) as server:
        eventually(lambda: bool(server.ingest()))
        [pid] = server.ingest()
    eventually(lambda: not Path(f"/proc/{pid}").exists())


def test_it_ends_as_well_when_the_server_is_killed_and_gunicorn_runs_it_too(
    writable: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--config=python:api.gunicorn_settings"),
        *(f"--bind=127.0.0.1:{port}", "api.app:create_app()"),
    ]
    settings = {**writable, "DATELINE_INDEX": str(tmp_path / "index")}
    with running(command, port, settings) as server:
        eventually(lambda: bool(server.ingest()))
        [pid] = server.ingest()
        put(server, "ferry", "The ferry left late.")
        workers = server.workers()
        os.kill(server.pid, signal.SIGKILL)
        for ended in (pid, *workers):
            eventually(lambda: not Path(f"/proc/{ended}").exists())  # noqa: B023 (called at once)


def test_it_is_started_again_where_it_could_not_be_started_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    command, started = tmp_path / "python", tmp_path / "started"
    monkeypatch.setattr(sys, "executable", str(command))
    ingest = IngestProcess()
    with ExitStack() as stack:
        stack.callback(ingest.stop)
        ingest.start(tmp_path / "index")
        eventually(lambda: "dateline ingest cannot be started" in caplog.text)
        command.write_text(f"#!/bin/sh\necho $$ > {started}.new && mv {started}.new {started}\n")
        command.chmod(0o755)
        eventually(started.exists)


def test_workers_that_could_not_open_the_index_themselves_are_refused(
    environment: dict[str, str], tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "--config=python:api.gunicorn_settings",
    ]
    settings = {**environment, "DATELINE_INDEX": str(tmp_path / "index")}
    address = f"--bind=127.0.0.1:{free_port()}"
    told = subprocess.run(
        [*command, address, "api.app:create_app()"],
        capture_output=True,
        check=False,
        env=settings,
        text=True,
        timeout=60,
    )
    assert told.returncode == 1
    assert "leave --preload (preload_app) out" in told.stderr
    assert "Traceback" not in told.stderr


def test_without_write_keys_nobody_works_articles_in(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment) as server:
        assert server.send("DELETE", "/articles/x", KEY).status == 403
        assert server.ingest() == []


def test_indexing_files_waits_for_whoever_writes_just_then(
    environment: dict[str, str], tmp_path: Path
) -> None:
    directory, articles = tmp_path / "index", tmp_path / "ferry.txt"
    articles.write_text("Ferry\n\nThe ferry left.\n")
    command = [sys.executable, "-m", "api.cli", "index", str(articles), "--index", str(directory)]
    with LocalEngine(directory).draft(ModelCard("other", "", 8), ChunkingCard(48, 0)):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        eventually(lambda: process.poll() is not None or "write.lock" in open_files(process.pid))
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, told


def open_files(pid: int) -> set[str]:
    """The names of the files a process has open."""
    names = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        # It may just have been closed.
        with suppress(FileNotFoundError):
            names.add(link.readlink().name)
    return names


def ingest(index: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """`dateline ingest` by hand."""
    command = [sys.executable, "-m", "api.cli", "ingest", "--index", str(index)]
    return subprocess.Popen(command, env=dict(env), stderr=subprocess.PIPE, text=True)


def test_the_command_finishes_what_it_is_at_and_ends_well(
    environment: dict[str, str], tmp_path: Path
) -> None:
    inbox = Inbox(tmp_path / "index")
    job = hand_in(inbox, Put(article("ferry", "The ferry left late.")))
    with ingest(tmp_path / "index", environment) as process:
        eventually(lambda: found(inbox, job).state is JobState.SEARCHABLE)
        second = dateline("ingest", "--index", tmp_path / "index", env=environment, code=1)
        assert "already" in second.stderr
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "Generation 000001-" in told
    assert "1 indexed" in told


@pytest.mark.parametrize("failpoint", [name for name in INGESTING if name != "inbox-appended"])
def test_killed_anywhere_the_next_one_brings_every_change_in_once(
    failpoint: str, environment: dict[str, str], tmp_path: Path
) -> None:
    directory = tmp_path / "index"
    inbox = Inbox(directory)
    job = hand_in(inbox, Put(article("a", "The ferry left.")), Put(article("b", "It is shut.")))
    late = hand_in(inbox, Withdrawal("b"), Put(article("c", "The lock is open.")))
    with ingest(directory, {**environment, "DATELINE_FAILPOINT": failpoint}) as process:
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == -signal.SIGKILL
    with ingest(directory, environment) as process:
        eventually(lambda: found(inbox, late).state is JobState.SEARCHABLE)
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert texts(LocalEngine(directory)) == {"a": "The ferry left.", "c": "The lock is open."}
    assert found(inbox, job).tally.waiting == 0
    assert waiting(inbox) == []
    dateline("verify", "--index", directory, env=environment)
