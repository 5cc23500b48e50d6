"""Corpora: the articles of collections, whole and in parts, indexed to be looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from api import terminal
from api.evaluation.running import Evaluator, Teller
from api.search.collection import Collection
from indexer import pipeline
from indexer.documents import Article
from indexer.engines.base import NO_FILTERS, Snapshot
from indexer.engines.local import LocalEngine
from indexer.pipeline import Summary
from indexer.reading import Intake

_SEED = 2009

Grades = Mapping[int, int]
"""Grades of the articles a snapshot knows by these numbers."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles of a collection, or a part of them, indexed as `dateline index` does it."""

    collection: Collection
    part: str
    snapshot: Snapshot
    language: str

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.collection.name}, {self.part}" if self.part else self.collection.name

    def grades(self) -> list[Grades]:
        """What answers each of the collection's own queries here, as far as it is here."""
        judgements = self.collection.judgements.values()
        numbers: dict[str, int] = {}
        for id_ in {id_ for grades in judgements for id_ in grades}:
            handles = self.snapshot.passages(id_)
            if len(handles):
                evidence = self.snapshot.evidence(handles[:1], None, ())
                numbers[id_] = int(evidence.articles[0])
        return [
            {numbers[id_]: grade for id_, grade in grades.items() if grade > 0 and id_ in numbers}
            for grades in judgements
        ]


@contextmanager
def open_corpus(evaluator: Evaluator, collection: Collection) -> Iterator[Corpus]:
    """Index a collection for as long as it is looked at; what is amiss goes to the console."""
    with _indexed(evaluator, collection.name, collection.articles) as (snapshot, summary):
        terminal.show_summary(evaluator.console, summary)
        evaluator.warn_of_absent(collection.judgements, snapshot)
        yield Corpus(collection, "", snapshot, _language(snapshot))


@contextmanager
def open_part(evaluator: Evaluator, corpus: Corpus, share: float) -> Iterator[Corpus]:
    """Index a random share of a corpus; the same share is always the same part."""
    articles = _articles(corpus.snapshot)
    size = max(1, round(share * len(articles)))
    kept = np.random.default_rng(_SEED).choice(len(articles), size, replace=False)
    part = f"{size:,} of {len(articles):,} articles"
    with TemporaryDirectory(prefix="dateline-") as directory:
        path = Path(directory) / "corpus.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for article in (articles[number] for number in np.sort(kept)):
                record = {
                    "id": article.id,
                    "title": article.headline,
                    "text": article.text,
                    "language": article.language,
                }
                file.write(json.dumps(record) + "\n")
        with _indexed(evaluator, f"{corpus.name}, {part}", path) as (snapshot, _):
            yield Corpus(corpus.collection, part, snapshot, corpus.language)


@contextmanager
def _indexed(evaluator: Evaluator, name: str, articles: Path) -> Iterator[tuple[Snapshot, Summary]]:
    with TemporaryDirectory(prefix="dateline-") as directory:
        engine = LocalEngine(Path(directory) / "index")
        teller = Teller(evaluator.progress, name)
        intake = Intake((articles,))
        summary = pipeline.index(intake, engine, evaluator.encoder, evaluator.chunking, teller)
        with closing(engine.snapshot()) as snapshot:
            yield snapshot, summary


def _language(snapshot: Snapshot) -> str:
    """The language of most of the articles."""
    languages = Counter(article.language for article in _articles(snapshot))
    [(language, _)] = languages.most_common(1)
    return (language or "").partition("-")[0]


def _articles(snapshot: Snapshot) -> list[Article]:
    return snapshot.articles(NO_FILTERS, 0, snapshot.manifest.articles)
