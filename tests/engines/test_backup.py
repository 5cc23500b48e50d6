"""Backups of a local index: whole, consistent while others write, and checked when restored."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError, IndexDamaged, IndexMissing
from indexer.failpoints import BACKING_UP
from indexer.inbox import Inbox
from indexer.jobs import Withdrawal
from tests.engines.history import answers, ignore, problems, put
from tests.waiting_room import hand_in, waiting


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path / "index")
    put(engine, *range(12))
    put(engine, 3, 20, version=1, remove=(5,))
    return engine


def test_what_is_restored_answers_as_what_was_backed_up(
    engine: LocalEngine, tmp_path: Path
) -> None:
    shares: list[float] = []
    manifest = engine.back_up(tmp_path / "backup.tar", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    restored = LocalEngine(tmp_path / "elsewhere" / "index")
    assert restored.restore(tmp_path / "backup.tar", ignore) == manifest
    assert answers(restored.snapshot()) == answers(engine.snapshot())
    assert problems(restored) == []
    assert put(restored, 30).number == manifest.number + 1


def test_what_is_published_meanwhile_is_not_in_the_backup(
    engine: LocalEngine, tmp_path: Path
) -> None:
    eager = LocalEngine(tmp_path / "index", retain_seconds=0)
    before = answers(engine.snapshot())

    def publish(done: float) -> None:
        if done < 1:
            put(eager, 40, version=int(done * 100))

    engine.back_up(tmp_path / "backup.tar", publish)
    restored = LocalEngine(tmp_path / "restored")
    restored.restore(tmp_path / "backup.tar", ignore)
    assert answers(restored.snapshot()) == before
    assert problems(restored) == []


def test_the_inbox_comes_along_while_it_is_written_to(engine: LocalEngine, tmp_path: Path) -> None:
    inbox, restored = Inbox(tmp_path / "index"), Inbox(tmp_path / "restored")
    hand_in(inbox, Withdrawal("here"))
    with closing(sqlite3.connect(inbox.path)) as others:
        others.execute("UPDATE entries SET article_id = 'not yet'")
        engine.back_up(tmp_path / "backup.tar", ignore)
        others.rollback()
    LocalEngine(tmp_path / "restored").restore(tmp_path / "backup.tar", ignore)
    assert [entry.article_id for entry in waiting(restored)] == ["here"]


def test_an_index_is_not_restored_over_another(engine: LocalEngine, tmp_path: Path) -> None:
    engine.back_up(tmp_path / "backup.tar", ignore)
    with pytest.raises(DatelineError, match="is not empty"):
        engine.restore(tmp_path / "backup.tar", ignore)
    (tmp_path / "empty").mkdir()
    LocalEngine(tmp_path / "empty").restore(tmp_path / "backup.tar", ignore)


def test_there_is_nothing_to_back_up_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        LocalEngine(tmp_path / "none").back_up(tmp_path / "backup.tar", ignore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_backup_cut_short_is_refused_and_leaves_nothing(
    engine: LocalEngine, tmp_path: Path, share: float
) -> None:
    backup = tmp_path / "backup.tar"
    engine.back_up(backup, ignore)
    os.truncate(backup, int(backup.stat().st_size * share))
    with pytest.raises(DatelineError, match=r"backup\.tar"):
        LocalEngine(tmp_path / "restored").restore(backup, ignore)
    assert {path.name for path in tmp_path.iterdir()} == {"index", "backup.tar"}


def test_a_backup_with_a_flipped_byte_is_refused(engine: LocalEngine, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    engine.back_up(backup, ignore)
    with tarfile.open(backup) as tar:
        entry = next(entry for entry in tar if entry.name.endswith("vectors.faiss"))
    contents = bytearray(backup.read_bytes())
    contents[entry.offset_data + entry.size - 1] ^= 1
    backup.write_bytes(contents)
    with pytest.raises(DatelineError, match=r"no whole backup: File vectors\.faiss"):
        LocalEngine(tmp_path / "restored").restore(backup, ignore)


@pytest.mark.parametrize("name", ["vectors.faiss", "articles.sqlite"])
def test_a_damaged_index_does_not_replace_the_last_good_backup(
    engine: LocalEngine, tmp_path: Path, name: str
) -> None:
    backup, index = tmp_path / "backup.tar", tmp_path / "index"
    engine.back_up(backup, ignore)
    good = backup.read_bytes()
    damaged = next(index.rglob(name))
    contents = bytearray(damaged.read_bytes())
    contents[len(contents) // 2] ^= 1
    damaged.write_bytes(contents)
    with pytest.raises(IndexDamaged, match=f"File {name} of .* is not what was written"):
        LocalEngine(index).back_up(backup, ignore)
    assert backup.read_bytes() == good
    assert {path.name for path in tmp_path.iterdir()} == {"index", "backup.tar"}


def test_a_file_that_is_gone_is_told_as_damage(engine: LocalEngine, tmp_path: Path) -> None:
    def lose(_: float) -> None:
        for path in (tmp_path / "index" / "segments").rglob("articles.sqlite"):
            path.unlink()

    with pytest.raises(IndexDamaged, match=r"articles\.sqlite of .* is missing"):
        engine.back_up(tmp_path / "backup.tar", lose)


@pytest.mark.parametrize("name", ["../outside", "write.lock", "/etc/hosts", ""])
def test_an_archive_of_other_files_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(DatelineError, match="no part of an index"):
        LocalEngine(tmp_path / "restored").restore(tmp_path / "other.tar", ignore)
    assert [path.name for path in tmp_path.iterdir()] == ["other.tar"]


def test_a_backup_that_was_unpacked_and_archived_again_is_restored(
    engine: LocalEngine, tmp_path: Path
) -> None:
    engine.back_up(tmp_path / "backup.tar", ignore)
    with tarfile.open(tmp_path / "backup.tar") as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    with tarfile.open(tmp_path / "again.tar", "w") as tar:
        tar.add(tmp_path / "unpacked", ".")
    restored = LocalEngine(tmp_path / "restored")
    restored.restore(tmp_path / "again.tar", ignore)
    assert answers(restored.snapshot()) == answers(engine.snapshot())
    assert problems(restored) == []


def test_two_backups_to_one_file_do_not_mix(engine: LocalEngine, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"

    def again(done: float) -> None:
        if done < 1:
            with pytest.raises(DatelineError, match="Another backup is being written"):
                LocalEngine(tmp_path / "index").back_up(backup, ignore)

    engine.back_up(backup, again)
    LocalEngine(tmp_path / "restored").restore(backup, ignore)
    assert {path.name for path in tmp_path.iterdir()} == {"index", "backup.tar", "restored"}


def test_two_backups_restored_to_one_directory_do_not_mix(
    engine: LocalEngine, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.tar"
    engine.back_up(backup, ignore)

    def again(done: float) -> None:
        if done < 1:
            with pytest.raises(DatelineError, match="Another backup is being restored"):
                LocalEngine(tmp_path / "restored").restore(backup, ignore)

    restored = LocalEngine(tmp_path / "restored")
    restored.restore(backup, again)
    assert problems(restored) == []


def test_an_index_is_restored_to_where_a_link_leads(engine: LocalEngine, tmp_path: Path) -> None:
    engine.back_up(tmp_path / "backup.tar", ignore)
    (tmp_path / "large disk").mkdir()
    (tmp_path / "link").symlink_to("large disk")
    LocalEngine(tmp_path / "link").restore(tmp_path / "backup.tar", ignore)
    assert (tmp_path / "link").is_symlink()
    assert answers(LocalEngine(tmp_path / "large disk").snapshot()) == answers(engine.snapshot())


def test_a_directory_that_cannot_be_made_is_told(engine: LocalEngine, tmp_path: Path) -> None:
    engine.back_up(tmp_path / "backup.tar", ignore)
    (tmp_path / "file").touch()
    with pytest.raises(DatelineError, match="name another directory"):
        LocalEngine(tmp_path / "file" / "index").restore(tmp_path / "backup.tar", ignore)


def test_an_archive_with_no_generation_in_it_is_refused(tmp_path: Path) -> None:
    tarfile.open(tmp_path / "empty.tar", "w").close()
    with pytest.raises(DatelineError, match="no generation is in it"):
        LocalEngine(tmp_path / "restored").restore(tmp_path / "empty.tar", ignore)


def test_a_backup_that_cannot_be_written_is_told(engine: LocalEngine, tmp_path: Path) -> None:
    with pytest.raises(DatelineError, match="choose another file"):
        engine.back_up(tmp_path / "no such folder" / "backup.tar", ignore)


BACK_UP_AND_RESTORE = """
import sys
from pathlib import Path
from indexer.engines.local import LocalEngine

folder = Path(sys.argv[1])
LocalEngine(folder / "index").back_up(folder / "backup.tar", lambda _: None)
LocalEngine(folder / "restored").restore(folder / "backup.tar", lambda _: None)
"""


@pytest.mark.parametrize("failpoint", BACKING_UP)
def test_a_kill_leaves_no_half_backup_and_no_half_index(
    engine: LocalEngine, tmp_path: Path, failpoint: str
) -> None:
    command = [sys.executable, "-c", BACK_UP_AND_RESTORE, str(tmp_path)]
    armed = {**os.environ, "DATELINE_FAILPOINT": failpoint}
    assert subprocess.run(command, env=armed, check=False).returncode == -signal.SIGKILL
    assert (tmp_path / "backup.tar").exists() == (failpoint == "backup-unpacked")
    assert not (tmp_path / "restored").exists()
    subprocess.run(command, check=True)
    assert answers(LocalEngine(tmp_path / "restored").snapshot()) == answers(engine.snapshot())
