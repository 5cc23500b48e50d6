"""Running an evaluation: a collection into a temporary index, every query to every arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console

from api import terminal
from api.app import open_method
from api.search.collection import Collection, Judgements
from api.search.evaluation import (
    ARMS,
    CHAIN,
    Evaluation,
    Rankings,
    rank_articles,
    score,
    share_refused,
)
from api.search.method import Method
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer import pipeline
from indexer.documents import Span
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import Engine, Snapshot
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard
from indexer.pipeline import Progress
from indexer.reading import Intake
from indexer.settings import IndexerSettings, query_precision
from indexer.vectors import Vectors

# Deep enough for a hundred articles; how deep an arm alone looks changes nothing further up.
_ARM_DEPTH = 1_000
_BATCH = 64


class QueryEncoder(CachedEncoder):
    """A cached encoder that remembers queries too, for each of them is put several times."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        """Open the cache of passage vectors at `path`."""
        super().__init__(encoder, path)
        self._queries: dict[str, Vectors] = {}

    def learn(self, texts: Sequence[str]) -> Iterator[float]:
        """Encode many queries together, telling after each batch the share that is done."""
        for first in range(0, len(texts), _BATCH):
            batch = texts[first : first + _BATCH]
            self.encode_queries(batch)
            yield (first + len(batch)) / len(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries: float32[len(texts), dimension]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._queries]
        if new:
            self._queries |= dict(zip(new, super().encode_queries(new), strict=True))
        return np.stack([self._queries[text] for text in texts])

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages; those of sentences stay zero, for nothing here looks at them."""
        blank = [np.zeros((len(own), self.dimension), np.float32) for own in sentences]
        return self.encode_passages(texts), blank


class Teller:
    """Progress with the collection's name in front."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name = progress, name
        self._passages = 0

    def __call__(self, stage: str, done: float, passages: int) -> None:
        """Show that `done` of the stage is over and `passages` are indexed."""
        self._passages = passages
        self._progress(f"{self._name}: {stage}", done, passages)

    def tell(self, stage: str, done: float) -> None:
        """The same, once indexing is over."""
        self(stage, done, self._passages)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates collections with one encoder, one way of chunking and one method.

    `fusions` are others to compare the method's own with.
    """

    encoder: QueryEncoder
    chunking: ChunkingCard
    method: Method
    console: Console
    progress: Progress
    fusions: Sequence[str] = ()

    def evaluate(self, collection: Collection) -> Evaluation:
        """What every arm and the chain make of `collection`; what is amiss goes to the console."""
        teller = Teller(self.progress, collection.name)
        with TemporaryDirectory(prefix="dateline-") as directory:
            engine = LocalEngine(Path(directory) / "index")
            intake = Intake((collection.articles,))
            summary = pipeline.index(intake, engine, self.encoder, self.chunking, teller)
            terminal.show_summary(self.console, summary)
            with closing(engine.snapshot()) as snapshot:
                self.warn_of_absent(collection.judgements, snapshot)
            for done in self.encoder.learn(list(collection.queries.values())):
                teller.tell("encoding queries", done)
            rankings = {
                arm: self._ask(arm, collection, engine, teller) for arm in (*ARMS, *self.fusions)
            }
            refused = self._refused(collection, engine)
        scores = {arm: score(found, collection.judgements) for arm, found in rankings.items()}
        return Evaluation(collection, summary.articles, summary.passages, rankings, scores, refused)

    def _method(self, arm: str) -> Method:
        if arm == CHAIN:
            return self.method
        if arm in self.fusions:
            return replace(self.method, fusion=arm)
        return replace(self.method, depth=_ARM_DEPTH)

    def _refused(self, collection: Collection, engine: Engine) -> float | None:
        searcher = Searcher(engine, lambda _: self.encoder, self.method)
        with closing(searcher.snapshot()):
            return share_refused(searcher, list(collection.queries.values()))

    def _ask(self, arm: str, collection: Collection, engine: Engine, teller: Teller) -> Rankings:
        """What one arm, or the chain as it is served, finds for every query."""
        searcher = Searcher(engine, lambda _: self.encoder, self._method(arm))
        rankings: dict[str, list[str]] = {}
        with closing(searcher.snapshot()):
            for query_id, text in collection.queries.items():
                rankings[query_id] = rank_articles(searcher, text, ARMS.get(arm, "hybrid"))
                teller.tell(f"searching, {arm}", len(rankings) / len(collection.queries))
        return rankings

    def warn_of_absent(self, judgements: Judgements, snapshot: Snapshot) -> None:
        """Name the relevant articles that are not there, which nothing can find."""
        relevant = {id_ for grades in judgements.values() for id_ in grades if grades[id_] > 0}
        absent = sorted(id_ for id_ in relevant if snapshot.article(id_) is None)
        if absent:
            named = ", ".join(map(terminal.printable, absent[:3]))
            self.console.print(
                f"Not among the articles, so that nothing can find them: {len(absent):,} of "
                f"{len(relevant):,} relevant ones ({named}{', …' if absent[3:] else ''}).",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )


@contextmanager
def open_evaluator(console: Console, fusions: Sequence[str] = ()) -> Iterator[Evaluator]:
    """An evaluator with the settings of the environment, telling progress on `console`.

    Raises whatever loading the model raises.
    """
    settings = IndexerSettings.from_environment()
    chunking = ChunkingCard(settings.passage_tokens, settings.overlap_tokens)
    method = open_method(ApiSettings.from_environment())
    with terminal.progress(console) as progress:
        progress("loading the model", 0.0, 0)
        encoder = load_encoder(
            settings.model, settings.cache_dir, settings.threads, query_precision()
        )
        with closing(QueryEncoder(encoder, settings.cache_dir / "vectors.sqlite")) as cached:
            yield Evaluator(cached, chunking, method, console, progress, fusions)
