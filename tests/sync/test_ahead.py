"""Encoding ahead: what others do meanwhile, and what is refused before."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.documents import Article
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.errors import DatelineError, IndexMismatch
from indexer.pipeline import index
from indexer.reading import Intake
from indexer.writing import Writer
from tests.sync.desk import BRIDGE, FERRY, STORM, Desk, counts


def test_others_write_while_it_encodes(desk: Desk, tmp_path: Path) -> None:
    desk.write(FERRY)
    desk.sync()
    desk.write(FERRY, BRIDGE)
    others = tmp_path / "others.jsonl"
    others.write_text(json.dumps(STORM))
    summary = desk.sync(meanwhile=lambda: desk.sync(others))
    assert counts(summary) == (1, 0, 1, 0)
    assert desk.indexed().keys() == {"ferry", "bridge", "storm"}


def test_others_write_while_it_encodes_the_very_first_articles(desk: Desk, tmp_path: Path) -> None:
    desk.write(FERRY, BRIDGE)
    others = tmp_path / "others.jsonl"
    others.write_text(json.dumps({**FERRY, "title": "By hand"}))
    summary = desk.sync(meanwhile=lambda: desk.sync(others))
    assert counts(summary) == (1, 0, 1, 0)
    titles = {id_: article.title for id_, article in desk.indexed().items()}
    assert titles == {"ferry": "By hand", "bridge": BRIDGE["text"]}


def test_what_others_did_to_an_article_meanwhile_stands(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE, STORM)
    desk.sync()
    desk.write(*({**record, "title": "From the folder"} for record in (FERRY, BRIDGE, STORM)))

    def correct() -> None:
        with desk.engine.draft(*made_with(desk)) as draft:
            Writer(desk.encoder, ChunkingCard(48, 0)).write(draft, [corrected(desk)])
            draft.remove("storm")
            draft.publish()

    summary = desk.sync(meanwhile=correct)
    assert counts(summary) == (0, 1, 2, 0)
    titles = {id_: article.title for id_, article in desk.indexed().items()}
    assert titles == {"ferry": "From the folder", "bridge": "By hand"}


def test_what_others_corrected_meanwhile_is_not_withdrawn(desk: Desk) -> None:
    desk.write(FERRY, BRIDGE, STORM)
    desk.sync()
    desk.write(FERRY)

    def correct() -> None:
        with desk.engine.draft(*made_with(desk)) as draft:
            Writer(desk.encoder, ChunkingCard(48, 0)).write(draft, [corrected(desk)])
            draft.publish()

    assert counts(desk.sync(complete=True, meanwhile=correct)) == (0, 0, 1, 1)
    assert desk.indexed().keys() == {"ferry", "bridge"}


def corrected(desk: Desk) -> Article:
    """The bridge, as somebody else corrects it."""
    return replace(desk.indexed()["bridge"], title="By hand")


def made_with(desk: Desk) -> tuple[ModelCard, ChunkingCard]:
    """What the newest generation was made with."""
    with closing(desk.engine.snapshot()) as snapshot:
        return snapshot.manifest.model, snapshot.manifest.chunking


def test_what_is_refused_is_refused_before_anything_is_encoded(desk: Desk) -> None:
    desk.write(FERRY)
    desk.sync()
    desk.write(BRIDGE)
    encoded = desk.encoder.misses
    intake = Intake((desk.folder,))
    with pytest.raises(IndexMismatch):
        index(intake, desk.engine, desk.encoder, ChunkingCard(40, 0), lambda *_: None)
    assert desk.encoder.misses == encoded


def test_it_is_told_when_there_is_no_room_for_temporary_files(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(FERRY)
    desk.sync()
    desk.write(BRIDGE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DatelineError, match="TMPDIR"):
        desk.sync()
