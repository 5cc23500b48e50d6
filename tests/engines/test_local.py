"""What the local engine promises beyond the contract: locks, checks and crashes."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tracemalloc
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from indexer.documents import Article, Passage
from indexer.engines.base import EVERYTHING, NO_FILTERS, Filters, Scope
from indexer.engines.local import LocalEngine, opening
from indexer.engines.manifest import ChunkingCard, Manifest
from indexer.errors import DatelineError, IndexBusy, IndexDamaged, IndexMismatch
from indexer.failpoints import WRITING
from tests.engines.corpus import CHUNKING, DIMENSION, MODEL, entries

WRITE_NINE_MORE = """
from pathlib import Path
import sys
from indexer.engines.local import LocalEngine, opening
from tests.engines.corpus import CHUNKING, MODEL, entries

with LocalEngine(Path(sys.argv[1])).draft(MODEL, CHUNKING) as draft:
    for entry in entries(count=9, seed=8):
        draft.add(*entry)
    draft.publish()
"""


def fill(engine: LocalEngine, count: int = 60, seed: int = 7) -> Manifest:
    with engine.draft(MODEL, CHUNKING) as draft:
        for entry in entries(count, seed):
            draft.add(*entry)
        return draft.publish()


def path_of(directory: Path, manifest: Manifest, name: str) -> Path:
    """A file of a generation, or of its first segment."""
    if name in manifest.files:
        return directory / "generations" / manifest.generation / name
    return directory / "segments" / manifest.segments[0].name / name


def generations(directory: Path) -> set[str]:
    return {path.name for path in (directory / "generations").iterdir()}


@pytest.mark.parametrize("failpoint", WRITING)
def test_a_kill_at_any_failpoint_leaves_a_whole_generation_and_a_clean_next_run(
    tmp_path: Path, failpoint: str
) -> None:
    engine = LocalEngine(tmp_path)
    before = fill(engine).generation

    killed = subprocess.run(
        [sys.executable, "-c", WRITE_NINE_MORE, tmp_path],
        env={**os.environ, "DATELINE_FAILPOINT": failpoint},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    survivor = engine.snapshot()
    assert (survivor.manifest.generation == before) == (failpoint != "current-renamed")
    assert survivor.count(NO_FILTERS).articles == 60
    vector = np.ones(DIMENSION, np.float32)
    assert survivor.locate(survivor.dense(vector, 50, EVERYTHING).handles)

    subprocess.run([sys.executable, "-c", WRITE_NINE_MORE, tmp_path], check=True)
    assert engine.snapshot().count(NO_FILTERS).articles == 60
    assert generations(tmp_path) == {before, survivor.manifest.generation, engine.current()}
    manifests = [kept.manifest for kept in engine.generations()]
    named = {each.name for manifest in manifests if manifest for each in manifest.segments}
    assert {path.name for path in (tmp_path / "segments").iterdir()} == named


def test_a_second_writer_is_refused_while_the_first_one_works(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    refused = pytest.raises(IndexBusy, match="try again")
    with engine.draft(MODEL, CHUNKING), refused, LocalEngine(tmp_path).draft(MODEL, CHUNKING):
        pass


def test_another_model_is_refused(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    fill(engine)
    other = replace(MODEL, name="other", fingerprint="0" * 64)
    with pytest.raises(IndexMismatch, match="new directory"), engine.draft(other, CHUNKING):
        pass


def test_a_renamed_model_is_accepted(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    fill(engine)
    with engine.draft(replace(MODEL, name="renamed"), CHUNKING) as draft:
        draft.publish()
    assert engine.snapshot().manifest.model.name == "renamed"


def test_another_chunking_is_refused(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    fill(engine)
    refused = pytest.raises(IndexMismatch, match="64 tokens with an overlap of 0, not 32 with 8")
    with refused, engine.draft(MODEL, ChunkingCard(32, 8)):
        pass


def test_the_manifest_describes_the_generation(tmp_path: Path) -> None:
    manifest = fill(LocalEngine(tmp_path))
    articles = [article for article, _, _ in entries()]
    dates = [article.published_at for article in articles if article.published_at]
    assert manifest.articles == 60
    assert manifest.passages == sum(number % 5 for number in range(60))
    assert manifest.languages == ("de", "en", "ja", "und")
    assert manifest.earliest == min(dates).isoformat()
    assert manifest.latest == max(dates).isoformat()
    assert {"tombstones.npy", "lexical/meta.json"} <= set(manifest.files)
    [segment] = manifest.segments
    assert {"articles.sqlite", "vectors.faiss"} <= set(segment.files)
    assert segment.end == manifest.next_number == 1 + manifest.articles + manifest.passages


def test_two_indexes_never_share_a_generation_name(tmp_path: Path) -> None:
    one = fill(LocalEngine(tmp_path / "one")).generation
    two = fill(LocalEngine(tmp_path / "two"), count=9).generation
    assert one.split("-")[0] == two.split("-")[0] == "000001"
    assert one != two


@pytest.mark.parametrize("name", ["articles.sqlite", "vectors.faiss", "lexical/meta.json"])
def test_a_truncated_or_missing_file_is_named(tmp_path: Path, name: str) -> None:
    engine = LocalEngine(tmp_path)
    path = path_of(tmp_path, fill(engine), name)
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(IndexDamaged, match=name):
        engine.snapshot()
    path.unlink()
    with pytest.raises(IndexDamaged, match=name):
        engine.snapshot()


@pytest.mark.parametrize("name", ["articles.sqlite", "vectors.faiss", "lexical/meta.json"])
def test_a_file_of_other_contents_is_reported_without_the_library_s_words(
    tmp_path: Path, name: str
) -> None:
    engine = LocalEngine(tmp_path)
    path = path_of(tmp_path, fill(engine), name)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(IndexDamaged, match="into a new directory"):
        engine.snapshot()


def test_a_generation_name_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    current = tmp_path / "CURRENT"
    current.mkdir()
    with pytest.raises(IndexDamaged, match="permissions"):
        LocalEngine(tmp_path).current()
    current.rmdir()
    current.write_bytes(b"\xff\xfe")
    with pytest.raises(IndexDamaged, match="CURRENT cannot be read"):
        LocalEngine(tmp_path).current()


def test_a_store_that_is_damaged_further_in_is_reported_when_it_is_read(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    path = path_of(tmp_path, fill(engine), "articles.sqlite")
    contents = path.read_bytes()
    path.write_bytes(contents[:4096] + b"x" * (len(contents) - 4096))
    with pytest.raises(IndexDamaged, match=r"articles\.sqlite cannot be read"):
        engine.snapshot().articles(NO_FILTERS, 0, 100)


def test_files_of_others_among_the_generations_are_left_alone(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, retain_seconds=0)
    first = fill(engine).generation
    (tmp_path / "generations" / ".DS_Store").touch()
    second, third = fill(engine).generation, fill(engine).generation
    assert generations(tmp_path) == {".DS_Store", second, third}
    assert first not in generations(tmp_path)


def test_a_snapshot_let_go_of_closes_its_files_at_once(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    fill(engine)
    gc.disable()
    try:
        snapshot = engine.snapshot()
        snapshot.dense(np.ones(DIMENSION, np.float32), 5, Scope(Filters(language=("en",))))
        del snapshot
        opened = [file.path for file in psutil.Process().open_files()]
        assert not any(path.startswith(str(tmp_path)) for path in opened)
        assert str(tmp_path) not in Path("/proc/self/maps").read_text()
    finally:
        gc.enable()


def test_all_passages_of_a_book_take_its_text_once(tmp_path: Path) -> None:
    sentence = "The ferry left the harbour late again. "
    book = Article("book", "Book", sentence * 5_000)
    starts = range(0, len(book.text), 10 * len(sentence))
    passages = [
        Passage(f"book#{place}", "book", book.text[start : start + 390], start, start + 390)
        for place, start in enumerate(starts)
    ]
    engine = LocalEngine(tmp_path)
    with engine.draft(MODEL, CHUNKING) as draft:
        draft.add(book, passages, np.ones((len(passages), DIMENSION), np.float32))
        draft.publish()
    snapshot = engine.snapshot()
    tracemalloc.start()
    located = snapshot.locate(snapshot.passages("book"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [found.passage for found in located] == passages
    assert most < 10 * len(book.text)


@pytest.mark.parametrize("between", [1, 20])
def test_files_seen_to_be_sound_are_remembered_for_some_generations_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: int
) -> None:
    monkeypatch.setattr(opening, "MOST_TRUSTED", 60)
    engine = LocalEngine(tmp_path)
    fill(engine)
    manifest = fill(engine, 3)
    engine.snapshot().close()
    for _ in range(between):
        fill(engine, 3)
        engine.snapshot().close()
    tombstones = path_of(tmp_path, manifest, "tombstones.npy")
    contents = bytearray(tombstones.read_bytes())
    contents[-8] ^= 1
    tombstones.write_bytes(contents)
    with (
        pytest.raises(IndexDamaged, match="not what was written") if between > 1 else nullcontext()
    ):
        engine.snapshot(manifest.generation).close()


def test_a_missing_or_broken_manifest_is_reported(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    path = tmp_path / "generations" / fill(engine).generation / "manifest.json"
    path.write_text('{"format_version": 5}')
    with pytest.raises(IndexDamaged, match=r"manifest\.json cannot be read"):
        engine.snapshot()
    path.write_text("{")
    with pytest.raises(IndexDamaged, match=r"manifest\.json cannot be read"):
        engine.snapshot()
    path.write_text('{"format_version": 5, "model": "none"}')
    with pytest.raises(IndexDamaged, match=r"manifest\.json cannot be read"):
        engine.snapshot()
    path.write_bytes(b"\xff")
    with pytest.raises(IndexDamaged, match="manifest of generation"):
        engine.snapshot()
    path.unlink()
    with pytest.raises(IndexDamaged, match="no manifest"):
        engine.snapshot()


def test_an_index_of_another_format_is_refused(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    path = tmp_path / "generations" / fill(engine).generation / "manifest.json"
    path.write_text(path.read_text().replace('"format_version": 5', '"format_version": 99'))
    with pytest.raises(IndexMismatch, match="format 99"):
        engine.snapshot()


def test_a_directory_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a directory")
    engine = LocalEngine(tmp_path / "taken" / "index")
    with pytest.raises(DatelineError, match="--index"), engine.draft(MODEL, CHUNKING):
        pass


def test_a_snapshot_can_be_closed_more_than_once(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    fill(engine)
    snapshot = engine.snapshot()
    snapshot.close()
    snapshot.close()
