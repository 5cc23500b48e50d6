"""Running an evaluation: a collection into a temporary index, every query to every arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console

from api import terminal
from api.search.collection import Collection, Judgements
from api.search.evaluation import ARMS, CHAIN, Evaluation, Rankings, rank_articles, score
from api.search.searcher import Searcher
from api.settings import ApiSettings
from indexer import pipeline
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import Engine
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard
from indexer.pipeline import Progress
from indexer.settings import IndexerSettings
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
    """Evaluates collections with one encoder, one way of chunking and one of fusing."""

    encoder: QueryEncoder
    chunking: ChunkingCard
    fusion: str
    console: Console
    progress: Progress

    def evaluate(self, collection: Collection) -> Evaluation:
        """What every arm and the chain make of `collection`; what is amiss goes to the console."""
        teller = Teller(self.progress, collection.name)
        with TemporaryDirectory(prefix="dateline-") as directory:
            engine = LocalEngine(Path(directory) / "index")
            summary = pipeline.index(
                [collection.articles], engine, self.encoder, self.chunking, teller
            )
            terminal.show_summary(self.console, summary)
            self._warn_of_absent(collection.judgements, engine)
            for done in self.encoder.learn(list(collection.queries.values())):
                teller.tell("encoding queries", done)
            rankings = {arm: self._ask(arm, collection, engine, teller) for arm in ARMS}
        scores = {arm: score(found, collection.judgements) for arm, found in rankings.items()}
        return Evaluation(collection, summary.articles, summary.passages, rankings, scores)

    def _ask(self, arm: str, collection: Collection, engine: Engine, teller: Teller) -> Rankings:
        """What one arm, or the chain as it is served, finds for every query."""
        searcher = (
            Searcher(engine, lambda _: self.encoder, self.fusion)
            if arm == CHAIN
            else Searcher(engine, lambda _: self.encoder, depth=_ARM_DEPTH)
        )
        rankings: dict[str, list[str]] = {}
        with closing(searcher.snapshot()):
            for query_id, text in collection.queries.items():
                rankings[query_id] = rank_articles(searcher, text, ARMS[arm])
                teller.tell(f"searching, {arm}", len(rankings) / len(collection.queries))
        return rankings

    def _warn_of_absent(self, judgements: Judgements, engine: Engine) -> None:
        with closing(engine.snapshot()) as snapshot:
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
def open_evaluator(console: Console) -> Iterator[Evaluator]:
    """An evaluator with the settings of the environment, telling progress on `console`.

    Raises whatever loading the model raises.
    """
    settings = IndexerSettings.from_environment()
    chunking = ChunkingCard(settings.passage_tokens, settings.overlap_tokens)
    fusion = ApiSettings.from_environment().fusion
    with terminal.progress(console) as progress:
        progress("loading the model", 0.0, 0)
        encoder = load_encoder(settings.model, settings.cache_dir, settings.threads)
        with closing(QueryEncoder(encoder, settings.cache_dir / "vectors.sqlite")) as cached:
            yield Evaluator(cached, chunking, fusion, console, progress)
