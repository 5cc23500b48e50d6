"""Indexing again: what a second run writes, leaves alone and withdraws."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.indexing import Indexing
from indexer.encoders.cache import CachedEncoder
from indexer.engines.manifest import ChunkingCard
from indexer.errors import DatelineError
from indexer.reading import Intake
from tests.processes import dateline
from tests.sync.desk import BRIDGE, FERRY, STORM, Desk, Record, counts, opened


def test_everything_is_added_to_an_index_that_does_not_exist_yet(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    assert counts(desk.sync()) == (2, 0, 0, 0)


def test_what_did_not_change_is_not_written_and_nothing_is_published(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    first = desk.sync()
    again = desk.sync()
    assert counts(again) == (0, 0, 2, 0)
    assert (again.passages, again.encoded, again.published) == (0, 0, False)
    assert again.manifest == first.manifest
    assert desk.engine.current() == first.manifest.generation


def test_only_what_is_new_or_changed_is_written(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    desk.sync()
    desk.write(FERRY, {**BRIDGE, "text": "The bridge is shut."}, STORM)
    summary = desk.sync()
    assert counts(summary) == (1, 1, 1, 0)
    assert summary.passages == 2
    assert desk.indexed()["bridge"].text == "The bridge is shut."


@pytest.mark.parametrize(
    "correction",
    [
        {"title": "Late again"},
        {"date": "2026-01-16T01:45Z"},
        {"byline": "Ann Lee"},
        {"language": "de"},
        {"desk": True},
    ],
    ids=lambda correction: next(iter(correction)),
)
def test_a_correction_beside_the_text_is_a_change(desk: Desk, correction: Record) -> None:
    desk.write({**FERRY, "desk": 1})
    desk.sync()
    desk.write({**FERRY, "desk": 1, **correction})
    assert counts(desk.sync()) == (0, 1, 0, 0)
    assert counts(desk.sync()) == (0, 0, 1, 0)


def test_many_small_runs_leave_few_segments(desk: Desk) -> None:
    indexing = Indexing(desk.engine, desk.encoder, ChunkingCard(48, 0))
    for number in range(1, 9):
        desk.write(*({"id": f"a{n}", "text": f"Ferry {n} sailed."} for n in range(number)))
        summary = indexing.run(Intake((desk.folder,)), lambda *_: None)
        assert summary.manifest.generation == desk.engine.current()
        assert len(summary.manifest.segments) < 4
    assert desk.engine.snapshot().manifest.articles == 8


def test_what_is_read_no_more_stays(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    desk.sync()
    desk.write(FERRY)
    assert counts(desk.sync()) == (0, 0, 1, 0)
    assert desk.indexed().keys() == {"ferry", "bridge"}


def test_what_is_read_no_more_is_withdrawn_when_the_intake_is_complete(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    desk.sync()
    desk.write(FERRY)
    assert counts(desk.sync(complete=True)) == (0, 0, 1, 1)
    assert desk.indexed().keys() == {"ferry"}


def test_an_article_that_comes_back_is_added(desk: Desk) -> None:
    for records in ([FERRY, BRIDGE], [FERRY], [FERRY, BRIDGE]):
        desk.write(*records)
        summary = desk.sync(complete=True)
    assert counts(summary) == (1, 0, 1, 0)
    assert summary.encoded == 0


def test_nothing_is_withdrawn_when_something_could_not_be_read(desk: Desk) -> None:
    desk.write(FERRY)
    desk.write(BRIDGE, name="second.jsonl")
    desk.sync()
    (desk.folder / "second.jsonl").write_text('{"id": "bridge", "te')
    summary = desk.sync(complete=True)
    assert (summary.removed, summary.withheld) == (0, True)
    assert desk.indexed().keys() == {"ferry", "bridge"}


def test_nothing_is_withdrawn_when_a_path_is_not_there(desk: Desk) -> None:
    desk.write(FERRY)
    desk.write(BRIDGE, name="second.jsonl")
    desk.sync()
    paths = (desk.folder / "wire.jsonl", desk.folder / "unplugged")
    assert desk.sync(*paths, complete=True).withheld
    assert desk.indexed().keys() == {"ferry", "bridge"}


def test_nothing_is_withdrawn_when_a_file_was_emptied(desk: Desk) -> None:
    desk.write(FERRY)
    desk.write(BRIDGE, name="second.jsonl")
    desk.sync()
    desk.write(name="second.jsonl")
    assert desk.sync(complete=True).withheld
    assert desk.indexed().keys() == {"ferry", "bridge"}


def test_nothing_is_withdrawn_when_a_path_is_empty(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(FERRY)
    desk.sync()
    desk.write(BRIDGE)
    monkeypatch.chdir(desk.folder)
    with pytest.raises(DatelineError, match=r"No article could be read from ''\.\n.*write \."):
        desk.sync("", complete=True)
    assert desk.indexed().keys() == {"ferry"}


def test_an_empty_folder_withdraws_nothing(desk: Desk) -> None:
    desk.write(FERRY)
    desk.sync()
    (desk.folder / "wire.jsonl").unlink()
    with pytest.raises(DatelineError, match="No article could be read"):
        desk.sync(complete=True)
    assert desk.indexed().keys() == {"ferry"}


def test_what_was_only_doubtful_does_not_keep_others_from_being_withdrawn(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE)
    desk.sync()
    desk.write({**FERRY, "date": "03/04/2026"}, FERRY)
    summary = desk.sync(complete=True)
    assert len(summary.problems) == 2
    assert (summary.removed, summary.withheld) == (1, False)


def test_one_article_in_two_files_whose_names_are_no_text_is_read_once(desk: Desk) -> None:
    for name in (b"\xfe.jsonl", b"\xff.jsonl"):
        desk.write(FERRY, name=os.fsdecode(name))
    assert counts(desk.sync()) == (1, 0, 0, 0)
    again = desk.sync()
    assert counts(again) == (0, 0, 1, 0)
    assert [problem.reason.partition(":")[0] for problem in again.problems] == ["left out"]


records = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c"]),
        "text": st.sampled_from(["The ferry left.", "The bridge reopened.", "Die Fähre fuhr ab."]),
    },
    optional={
        "title": st.sampled_from(["Ferry", "Bridge"]),
        "date": st.sampled_from(["2026-01-15", "2026-01-15T01:00+01:00", "soon"]),
        "language": st.sampled_from(["en", "de-AT"]),
        "desk": st.sampled_from([1, True, 1.0, None, "1", [1], {"a": "\0"}]),
    },
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(records, min_size=1, max_size=3), min_size=2, max_size=3))
def test_an_index_brought_up_to_date_is_the_index_made_anew(
    tmp_path: Path, encoder: CachedEncoder, versions: list[list[Record]]
) -> None:
    shutil.rmtree(tmp_path)
    for name in ("kept", "anew"):
        (tmp_path / name).mkdir(parents=True)
    kept, anew = (opened(tmp_path / name, encoder) for name in ("kept", "anew"))
    for version in versions:
        kept.write(*version)
        summary = kept.sync(complete=True)
    anew.write(*versions[-1])
    anew.sync()
    assert str(sorted(kept.indexed().items())) == str(sorted(anew.indexed().items()))
    assert summary.manifest.articles == len(anew.indexed())


def test_a_killed_run_is_taken_up_where_it_was(
    environment: Mapping[str, str], model_cache: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "models").symlink_to(model_cache / "models")
    env = {**environment, "DATELINE_CACHE": str(cache)}
    articles = tmp_path / "wire.jsonl"
    articles.write_text("\n".join(json.dumps(report(number)) for number in range(600)))
    command: list[str | Path] = [
        *(sys.executable, "-m", "api.cli", "index", articles),
        *("--index", tmp_path / "index"),
    ]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: known(cache) > 200)
        process.send_signal(signal.SIGKILL)
    encoded = known(cache)
    done = dateline("index", articles, "--index", tmp_path / "index", env=env)
    assert 200 < encoded < 600
    assert f"Wrote 600 passages: {600 - encoded} encoded, {encoded} known before." in done.stderr


def report(number: int) -> Record:
    return {"id": f"r{number}", "title": f"Ferry {number}", "text": f"Ferry {number} left late."}


def known(cache: Path) -> int:
    """How many passages the cache of vectors knows, the canaries of the model left out."""
    path = cache / "vectors.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        try:
            query = "SELECT count(*) FROM vectors WHERE length(vector) = 768"
            [(count,)] = database.execute(query)
        except sqlite3.OperationalError:  # It is just being made.
            return 0
    return max(0, int(count) - 4)


def wait_for(condition: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
