"""Putting queries to articles: those of their own collection, or of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from api.evaluation.corpora import Corpus, Grades
from api.evaluation.running import Evaluator
from api.search.answerability import Kind, Trial
from api.search.collection import Collection
from api.search.fitting import Judged, Layered, ideal_gain
from api.search.fusion import layered, signals
from api.search.grouping import entries
from api.search.pool import Pool, Sought, gather
from api.search.query import Mode, Query
from api.search.query_vectors import known
from api.search.reading import Reading, read
from api.search.weights import SIGNALS

# As many as a page of hits shows.
_BEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Put:
    """What a collection's queries find among the articles of a corpus, query by query."""

    asking: str
    corpus: Corpus
    same_language: bool
    pools: Sequence[Pool]
    grades: Sequence[Grades]
    """Nothing, for queries of another collection."""

    def trial(self, kind: Kind, mode: Mode, weights: Layered) -> Trial:
        """The best articles for every query that has the answers its kind says it has."""
        asked = [
            (pool, grades)
            for pool, grades in zip(self.pools, self.grades, strict=True)
            if grades or kind == "foreign"
        ]
        best = [
            _best(_without(pool, grades) if kind == "removed" else pool, mode, weights)
            for pool, grades in asked
        ]
        empty = [np.empty(0, np.float32)]
        return Trial(
            asking=self.asking,
            corpus=self.corpus.collection.name,
            part=self.corpus.part,
            kind=kind,
            same_language=self.same_language,
            passages=self.corpus.snapshot.manifest.passages,
            queries=len(asked),
            scores=np.concatenate([pool.scores for pool in best] or empty),
            answers=np.array(
                [
                    float(article in grades)
                    for pool, (_, grades) in zip(best, asked, strict=True)
                    for article in pool.articles.tolist()
                ]
            ),
            first=np.array([place == 0 for pool in best for place in range(len(pool))], np.bool_),
        )

    def judged(self) -> Judged:
        """All candidates with the grades of their articles, for weights to be fitted on."""
        pools = [pool.take(np.argsort(pool.articles, kind="stable")) for pool in self.pools]
        measured = [signals(pool) for pool in pools]
        return Judged(
            queries=np.repeat(np.arange(len(pools)), list(map(len, pools))),
            articles=np.concatenate([pool.articles for pool in pools]),
            signals={
                name: np.concatenate([found[name] for found in measured]) for name in measured[0]
            },
            by_meaning=np.concatenate([pool.dense_rank > 0 for pool in pools]),
            by_words=np.concatenate([pool.lexical_rank > 0 for pool in pools]),
            grades=np.array(
                [
                    grades.get(article, 0)
                    for pool, grades in zip(pools, self.grades, strict=True)
                    for article in pool.articles.tolist()
                ]
            ),
            ideals=np.array(
                [
                    ideal_gain(list(grades.values()))
                    for grades in self.corpus.collection.judgements.values()
                ]
            ),
        )


def encode_queries(collections: Iterable[Collection], evaluator: Evaluator) -> None:
    """Encode the queries of all collections together, for the encoder to remember."""
    texts = [reading.text for collection in collections for reading in _readings(collection)]
    for done in evaluator.encoder.learn(texts):
        evaluator.progress("encoding queries", done, 0)


def put(asking: Collection, corpus: Corpus, evaluator: Evaluator, *, same_language: bool) -> Put:
    """Put the queries of `asking` to the articles of `corpus`, as the searcher does."""
    readings = _readings(asking)
    vectors = evaluator.encoder.encode_queries([reading.text for reading in readings])
    passages = corpus.snapshot.manifest.passages
    pools: list[Pool] = []
    for reading, vector in zip(readings, vectors, strict=True):
        done = len(pools) / len(readings)
        evaluator.progress(f"{corpus.name}: queries of {asking.name}", done, passages)
        sought = Sought(known(vector), reading.words, reading.scope)
        pools.append(gather(corpus.snapshot, "hybrid", sought, evaluator.method.depth).pool)
    own = asking.name == corpus.collection.name
    grades: list[Grades] = corpus.grades() if own else [{}] * len(pools)
    return Put(asking.name, corpus, same_language, pools, grades)


def _readings(collection: Collection) -> list[Reading]:
    return [read(Query(text)) for text in collection.queries.values()]


def _best(pool: Pool, mode: Mode, weights: Layered) -> Pool:
    """The best passages of the best articles, with the scores that relevance is told by."""
    proposed = {
        "hybrid": np.ones(len(pool), np.bool_),
        "dense": pool.dense_rank > 0,
        "lexical": pool.lexical_rank > 0,
    }
    pool = pool.take(proposed[mode])
    known = {name: weights[name] for name in SIGNALS[mode] if name in weights}
    ranked = pool.ranked(layered(pool, known))
    return ranked.take(entries(ranked, "article")[:_BEST])


def _without(pool: Pool, grades: Grades) -> Pool:
    return pool.take(~np.isin(pool.articles, list(grades)))
