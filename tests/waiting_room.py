"""An inbox and who drains it, without processes; only the model is replaced, by one that hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from indexer.documents import Article, Span
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import Engine
from indexer.engines.manifest import ChunkingCard, Manifest
from indexer.failpoints import INGESTING
from indexer.inbox import Inbox
from indexer.ingest import Ingest, Recipe
from indexer.jobs import Change, Entry, Job, RequestKey
from indexer.vectors import Vectors
from tests.http.newsroom import HashingEncoder

CHUNKING = ChunkingCard(tokens=64, overlap=0)


class ChokingEncoder(HashingEncoder):
    """A model that cannot take texts with a certain word, and none while something is wrong."""

    wrong: Exception | None = None

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self._choke(texts)
        return super().encode_queries(texts)

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        self._choke(texts)
        return super().encode_with_sentences(texts, sentences)

    def _choke(self, texts: Sequence[str]) -> None:
        if self.wrong:
            raise self.wrong
        if any("poison" in text for text in texts):
            raise RuntimeError("tensor 7 has rank 3")


FERRY = Article("ferry", "ferry", "The ferry left late.")
BRIDGE = Article("bridge", "bridge", "The bridge is shut.")
DRAINING = [name for name in INGESTING if name != "inbox-appended"]
"""Where whoever drains an inbox may die."""


class Crash(BaseException):
    """Stands for the end of a process."""


def article(article_id: str, text: str) -> Article:
    """An article with nothing but a text."""
    return Article(article_id, article_id, text)


def hand_in(inbox: Inbox, *changes: Change, key: RequestKey | None = None) -> Job:
    """Hand changes in as one request."""
    with inbox.delivery() as delivery:
        for change in changes:
            delivery.add(change)
        return delivery.accept(key)


def found(inbox: Inbox, job: Job) -> Job:
    """The job as it stands now."""
    now = inbox.job(job.id)
    assert now is not None
    return now


def waiting(inbox: Inbox) -> list[Entry]:
    """All that waits."""
    return inbox.take(10_000, 10**9)


def recipes(inbox: Inbox, encoder: HashingEncoder) -> Callable[[Manifest | None], Recipe]:
    """How the recipe of an index is opened, with its vector cache beside the inbox."""

    def open_recipe(manifest: Manifest | None) -> Recipe:
        cached = CachedEncoder(encoder, inbox.path.with_name("vectors.sqlite"))
        return Recipe.of(cached, CHUNKING, manifest.model if manifest else None)

    return open_recipe


def ingest_into(engine: Engine, inbox: Inbox, encoder: HashingEncoder | None = None) -> Ingest:
    """Whoever drains `inbox` into `engine`."""
    return Ingest(inbox, engine, recipes(inbox, encoder or ChokingEncoder()))


def texts(engine: Engine) -> dict[str, str]:
    """What the index holds; fails when an article is there twice."""
    snapshot = engine.snapshot()
    try:
        ids = list(snapshot.ids())
        assert len(ids) == len(set(ids)) == snapshot.manifest.articles
        held = {article_id: snapshot.article(article_id) for article_id in ids}
        return {article_id: one.text for article_id, one in held.items() if one}
    finally:
        snapshot.close()


@contextmanager
def dying_at(failpoint: str) -> Iterator[None]:
    """Let whoever reaches the failpoint end there."""

    def reach(name: str) -> None:
        if name == failpoint:
            raise Crash

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("indexer.ingest.reach", reach)
        yield


def drain(ingest: Ingest) -> None:
    """Work in all that waits."""
    while ingest.drain():
        pass
