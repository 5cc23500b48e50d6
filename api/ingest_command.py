"""`dateline ingest`: works what was handed in over HTTP into the index."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from api.asking import INDEX

if TYPE_CHECKING:
    from indexer.engines.manifest import Manifest
    from indexer.ingest import Recipe
    from indexer.settings import IndexerSettings

# Writers that take turns hold the lock for moments; one that indexes files may take hours.
PATIENCE = 5.0


@click.command()
@INDEX
@click.option("--parent", type=int, hidden=True, help="End when this process is not the parent.")
def ingest(directory: Path, parent: int | None) -> None:
    """Work articles handed in over HTTP into the index, as they come.

    The server starts this by itself where DATELINE_WRITE_KEYS is set. SIGTERM ends it when the
    batch at hand is done.
    """
    from api.opening import open_engine
    from indexer.compacting import Compacting
    from indexer.inbox import Inbox
    from indexer.ingest import Ingest
    from indexer.ingest_loop import follow, only_one
    from indexer.settings import IndexerSettings

    settings = IndexerSettings.from_environment()
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def wait(seconds: float) -> bool:
        return ended.wait(seconds) or (parent is not None and os.getppid() != parent)

    logging.basicConfig(level=logging.INFO, format="%(asctime)s ingest: %(message)s")
    inbox, engine = Inbox(directory), open_engine(directory, settings, PATIENCE)
    compacting = Compacting(engine.compact)

    def recipe(manifest: Manifest | None) -> Recipe:
        return open_recipe(settings, manifest)

    with only_one(directory), closing(Ingest(inbox, engine, recipe)) as worker:
        compacting.start()
        follow(worker, inbox, wait, compacting.wake)


def open_recipe(settings: IndexerSettings, manifest: Manifest | None) -> Recipe:
    """The recipe of an index, or by the settings where there is none yet."""
    from indexer.encoders import load_encoder, open_encoder
    from indexer.encoders.cache import CachedEncoder
    from indexer.engines.manifest import ChunkingCard
    from indexer.ingest import Recipe

    # It shares the machine with those who search: one core, unless it is told otherwise.
    cache, threads = settings.cache_dir, settings.threads or 1
    if manifest is None:
        encoder = load_encoder(settings.model, cache, threads)
        chunking = ChunkingCard(settings.passage_tokens, settings.overlap_tokens)
    else:
        card, chunking = manifest.model, manifest.chunking
        encoder = open_encoder(card.name, card.fingerprint, card.canaries, cache, threads)
    cached = CachedEncoder(encoder, cache / "vectors.sqlite")
    return Recipe.of(cached, chunking, manifest.model if manifest else None)
