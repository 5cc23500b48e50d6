"""Upkeep from the command line: what is advised where something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.processes import dateline


@pytest.fixture
def index(seeds_index: Path, tmp_path: Path) -> Path:
    """An index of the sample articles, of the test's own."""
    return shutil.copytree(seeds_index, tmp_path / "index")


def test_nobody_is_sent_back_from_a_sound_index_for_a_damaged_inbox(
    index: Path, environment: dict[str, str]
) -> None:
    (index / "inbox.sqlite").write_bytes(b"no database" * 500)
    told = dateline("verify", "--index", index, env=environment, code=1).stdout
    assert "mend inbox" in told
    assert "dateline rollback" not in told


def test_going_back_is_advised_where_the_index_itself_is_damaged(
    index: Path, environment: dict[str, str]
) -> None:
    [vectors] = index.glob("segments/*/vectors.faiss")
    contents = vectors.read_bytes()
    vectors.write_bytes(contents[:-1] + bytes([contents[-1] ^ 1]))
    told = dateline("verify", "--index", index, env=environment, code=1).stdout
    assert "mend checksums" in told
    assert "dateline rollback" in told
