"""Three articles about vessels, a question to them, and what may happen to their index."""

from __future__ import annotations

from pathlib import Path

from api.search.query import Query
from indexer.documents import Article
from indexer.engines.local import LocalEngine

HARBOUR = Article(
    "harbour", "Harbour", "A vessel left.\nA vessel came.", authors=("A. Quay",), language="en"
)
FERRY = Article("ferry", "Ferry", "The boat was late.", authors=("B. Moor",), language="en")
PIER = Article("pier", "Pier", "One more vessel.", language="en")
ASKED = Query("vessel", limit=1, include_weak=True)


def withdraw(engine: LocalEngine, article: Article) -> None:
    manifest = engine.snapshot().manifest
    with engine.draft(manifest.model, manifest.chunking) as draft:
        draft.remove(article.id)
        draft.publish()


def damage(directory: Path, generation: str) -> Path:
    manifest = directory / "generations" / generation / "manifest.json"
    return manifest.rename(manifest.with_name("lost"))


def mend(lost: Path) -> None:
    lost.rename(lost.with_name("manifest.json"))
