"""Following folders, as a user does it: a real process over real files."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.watching import RETRY_SECONDS, look
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from tests.processes import dateline

# Far more than it takes, so that a busy machine fails nothing.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Watched:
    """A running `dateline watch`, the folder it follows and what it has said so far."""

    process: subprocess.Popen[bytes]
    folder: Path
    index: Path
    log: Path

    def write(self, name: str, text: str) -> None:
        """Put an article there, complete at one instant."""
        aside = self.log.with_name("aside")
        aside.write_text(f"{name}\n\n{text}\n")
        aside.rename(self.folder / f"{name}.txt")

    def said(self, pattern: str, count: int = 1) -> str:
        """Wait until it has said this so many times; all it has said."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(re.findall(pattern, self.log.read_text())) < count:
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return self.log.read_text()

    def texts(self) -> set[str]:
        """The texts of all articles in the index."""
        with closing(LocalEngine(self.index).snapshot()) as snapshot:
            articles = [snapshot.article(id_) for id_ in snapshot.ids()]
        return {article.text.strip() for article in articles if article}


@contextmanager
def watching(directory: Path, env: Mapping[str, str], *options: str) -> Iterator[Watched]:
    folder, index, log = directory / "articles", directory / "index", directory / "log"
    folder.mkdir(exist_ok=True)
    command: list[str | Path] = [
        *(sys.executable, "-m", "api.cli", "watch", folder, "--index", index),
        *options,
    ]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=dict(env), stdout=out, stderr=out) as process,
    ):
        try:
            yield Watched(process, folder, index, log)
        finally:
            process.kill()


def test_a_folder_is_followed(tmp_path: Path, environment: Mapping[str, str]) -> None:
    with watching(tmp_path, environment) as watched:
        watched.said("No article could be read")
        watched.write("ferry", "The ferry left.")
        watched.said(r"\d\d:\d\d:\d\d  1 added; generation 000001-\w+: 1 article, 1 passage\.")
        watched.write("bridge", "The bridge reopened.")
        watched.write("ferry", "The ferry left late.")
        watched.said("  1 added, 1 changed; generation 000002-")
        assert watched.texts() == {"The ferry left late.", "The bridge reopened."}
        (watched.folder / "bridge.txt").unlink()
        watched.said("  1 unchanged; generation 000002-")
        assert len(watched.texts()) == 2


def test_articles_of_files_that_are_gone_are_withdrawn_with_prune(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with watching(tmp_path, environment, "--prune") as watched:
        watched.write("ferry", "The ferry left.")
        watched.write("bridge", "The bridge reopened.")
        watched.said("generation 000001-.*2 articles")
        (watched.folder / "bridge.txt").unlink()
        watched.said("  1 unchanged, 1 removed; generation 000002-")
        assert watched.texts() == {"The ferry left."}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(
    tmp_path: Path, environment: Mapping[str, str], number: signal.Signals
) -> None:
    with watching(tmp_path, environment) as watched:
        watched.write("ferry", "The ferry left.")
        watched.said("generation 000001-")
        watched.process.send_signal(number)
        assert watched.process.wait(PATIENCE_SECONDS) == 0
    assert watched.log.read_text().endswith("Stopped.\n")
    dateline("search", "ferry", "--index", watched.index, env=environment)


def test_it_ends_cleanly_in_the_middle_of_a_sync(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    records = ({"id": str(n), "text": f"Ferry {tmp_path} {n} left. " * 40} for n in range(2000))
    (folder / "wire.jsonl").write_text("\n".join(map(json.dumps, records)))
    with watching(tmp_path, environment) as watched:
        watched.said("indexing, ")
        watched.process.send_signal(signal.SIGTERM)
        assert watched.process.wait(PATIENCE_SECONDS) == 0
    said = watched.log.read_text()
    assert said.endswith("Stopped.\n")
    assert "Traceback" not in said
    assert "generation" not in said


def test_what_cannot_be_read_is_told_once_and_watching_goes_on(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "broken.json").write_text("{")
    (folder / "ferry.txt").write_text("Ferry\n\nThe ferry left.\n")
    with watching(tmp_path, environment, "--prune") as watched:
        watched.said("generation 000001-")
        watched.write("bridge", "The bridge reopened.")
        said = watched.said("generation 000002-")
    assert said.count("broken.json") == 1
    assert said.count("Nothing was withdrawn") == 1


def test_a_sync_that_fails_is_told_once_and_tried_again(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with watching(tmp_path, environment) as watched:
        with LocalEngine(watched.index).draft(ModelCard("other", "", 8), ChunkingCard(48, 0)):
            watched.write("ferry", "The ferry left.")
            watched.said("Another process is writing")
            time.sleep(RETRY_SECONDS)
        said = watched.said("  1 added; generation 000001-")
    assert said.count("Another process is writing") == 1
    assert "Traceback" not in said


def test_who_writes_for_a_moment_is_waited_for(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with watching(tmp_path, environment) as watched:
        watched.said("No article could be read")
        watched.write("bridge", "The bridge reopened.")
        watched.said("  1 added; generation 000001-")
        engine = LocalEngine(watched.index)
        with closing(engine.snapshot()) as snapshot:
            made_with = snapshot.manifest.model, snapshot.manifest.chunking
        with engine.draft(*made_with):
            watched.write("ferry", "The ferry left.")
            # It looks every second, and then waits for another that nothing changes in.
            time.sleep(4)
        said = watched.said("  1 added, 1 unchanged; generation 000002-")
    assert "Another process is writing" not in said


def test_a_folder_that_is_not_there_is_wrong_usage(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    refused = dateline("watch", tmp_path / "none", env=environment, code=2)
    assert "does not exist" in refused.stderr


def test_a_look_tells_whatever_an_editor_may_do_to_a_file(tmp_path: Path) -> None:
    paths = [str(tmp_path)]
    looks = [look(paths)]
    file = tmp_path / "a.txt"
    file.write_text("one")
    looks.append(look(paths))
    file.write_text("two")
    looks.append(look(paths))
    (tmp_path / "b.txt").write_text("two")
    (tmp_path / "b.txt").rename(file)
    looks.append(look(paths))
    file.chmod(0o600)
    looks.append(look(paths))
    file.unlink()
    assert all(one != other for i, one in enumerate(looks) for other in looks[:i])
    assert look(paths) == looks[0]
    (tmp_path / "picture.png").write_bytes(b"")
    assert look(paths) == looks[0]
