"""Evaluation: how good a ranking of articles is, how sure that is, and which queries it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import ir_measures
import numpy as np
from scipy import stats

from api.search.collection import Collection, Judgements
from api.search.query import Mode, Query
from api.search.searcher import Searcher
from indexer.errors import DatelineError

CHAIN = "chain"
ARMS: Mapping[str, Mode] = {"lexical": "lexical", "dense": "dense", CHAIN: "hybrid"}
MEASURES = ("nDCG@10", "R@10", "R@100", "RR@10")
DECIDING = "nDCG@10"
"""The measure by which arms are compared."""

_ARTICLES = 100
_PAGE = 100
_RESAMPLES = 10_000
_SEED = 2009

Rankings = Mapping[str, Sequence[str]]
"""Query id, then article ids, best first."""
Values = Mapping[str, float]
"""What a measure gives each query."""
Means = dict[str, dict[str, float]]
"""Arm, measure, mean over queries."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better the chain is than `arm`, with the 95 % interval and the p-value of that."""

    arm: str
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Loss:
    """A query for which the chain is worse than its best arm."""

    query_id: str
    text: str
    arm: float
    chain: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What every arm and the chain made of one collection."""

    collection: Collection
    articles: int
    passages: int
    rankings: Mapping[str, Rankings]
    scores: Mapping[str, Mapping[str, Values]]
    """Arm, measure, query id, value."""
    refused: float | None
    """The share of the queries the chain says are unanswerable here; None if it cannot tell."""

    @property
    def means(self) -> Means:
        """Every measure of every arm, as the mean over the queries."""
        return {
            arm: {measure: fmean(values.values()) for measure, values in measures.items()}
            for arm, measures in self.scores.items()
        }

    @property
    def best_arm(self) -> str:
        """The arm, not counting the chain, that is best by the deciding measure."""
        means = self.means
        return max(ARMS.keys() - {CHAIN}, key=lambda arm: (means[arm][DECIDING], arm))

    def comparisons(self) -> list[Comparison]:
        """The chain against the best arm, and against every other fusion that was asked for."""
        others = [self.best_arm, *(arm for arm in self.scores if arm not in ARMS)]
        chain = self.scores[CHAIN][DECIDING]
        return [compare(other, chain, self.scores[other][DECIDING]) for other in others]

    def losses(self, number: int) -> list[Loss]:
        """The queries on which the chain loses most against the best arm, worst first."""
        arm, chain = self.scores[self.best_arm][DECIDING], self.scores[CHAIN][DECIDING]
        lost = sorted((chain[id_] - arm[id_], id_) for id_ in chain if chain[id_] < arm[id_])
        queries = self.collection.queries
        return [Loss(id_, queries[id_], arm[id_], chain[id_]) for _, id_ in lost[:number]]


def rank_articles(searcher: Searcher, text: str, mode: Mode) -> list[str]:
    """The first hundred articles a query finds, each in the place of its best passage."""
    found: dict[str, None] = {}
    cursor: str | None = None
    while len(found) < _ARTICLES:
        ranking = searcher.search(Query(text, mode, limit=_PAGE, cursor=cursor, include_weak=True))
        found |= dict.fromkeys(hit.article.id for hit in ranking.hits)
        cursor = ranking.next_cursor
        if cursor is None:
            break
    return list(found)[:_ARTICLES]


def share_refused(searcher: Searcher, texts: Sequence[str]) -> float | None:
    """The share of queries declared unanswerable; None when relevance is not calibrated."""
    told = [searcher.search(Query(text, limit=1)).answerable for text in texts]
    return None if None in told else told.count(False) / len(told)


def score(rankings: Rankings, judgements: Judgements) -> dict[str, dict[str, float]]:
    """Every measure of every judged query, by ir-measures; a query without a ranking gets 0."""
    # Ranks stand for scores, because trec_eval breaks ties of scores by its own rule.
    run = {
        query_id: {article_id: 1 / rank for rank, article_id in enumerate(articles, start=1)}
        for query_id, articles in rankings.items()
    }
    measures = [ir_measures.parse_measure(measure) for measure in MEASURES]
    values: dict[str, dict[str, float]] = {measure: {} for measure in MEASURES}
    for metric in ir_measures.iter_calc(measures, judgements, run):
        values[str(metric.measure)][metric.query_id] = metric.value
    return values


def compare(arm: str, chain_values: Values, arm_values: Values) -> Comparison:
    """A paired randomisation test, two-sided, and a percentile bootstrap, both over queries.

    M. Smucker, J. Allan, B. Carterette: A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation, CIKM 2007. B. Efron: Bootstrap Methods, 1979. The same
    values give the same figures, always: the random numbers begin with a fixed seed.
    """
    ids = sorted(chain_values)
    chain = np.array([chain_values[id_] for id_ in ids])
    other = np.array([arm_values[id_] for id_ in ids])
    difference = float(np.mean(chain - other))
    if len(ids) < 2:
        return Comparison(arm, difference, difference, difference, 1.0)
    test = stats.permutation_test(
        (chain, other),
        lambda one, two, axis: np.mean(one - two, axis=axis),
        permutation_type="samples",
        n_resamples=_RESAMPLES,
        batch=1_000,
        rng=np.random.default_rng(_SEED),
    )
    interval = stats.bootstrap(
        (chain - other,),
        np.mean,
        method="percentile",
        n_resamples=_RESAMPLES,
        batch=1_000,
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Comparison(
        arm, difference, float(interval.low), float(interval.high), float(test.pvalue)
    )


def mean_over(evaluations: Sequence[Evaluation]) -> Means:
    """Every measure of every arm, as the mean over collections, each counting alike."""
    means = [evaluation.means for evaluation in evaluations]
    return {
        arm: {measure: fmean(mean[arm][measure] for mean in means) for measure in MEASURES}
        for arm in means[0]
    }


def trec_lines(rankings: Rankings, tag: str = "dateline") -> Iterator[str]:
    """A run as TREC writes it: query, Q0, article, rank, score, tag. The score is 1 / rank.

    Raises DatelineError for an id with white space in it, which that format cannot hold.
    """
    for query_id, articles in rankings.items():
        _require_solid([query_id, *articles])
        for rank, article_id in enumerate(articles, start=1):
            yield f"{query_id} Q0 {article_id} {rank} {1 / rank:.9f} {tag}\n"


def _require_solid(ids: Iterable[str]) -> None:
    for id_ in ids:
        if len(id_.split()) != 1:
            raise DatelineError(
                f"The id {id_!r} cannot be written to a TREC run: it has white space in it."
            )
