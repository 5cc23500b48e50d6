"""Measures, significance and runs, against arithmetic done by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest

from api.search.collection import Collection
from api.search.evaluation import (
    Evaluation,
    Loss,
    compare,
    mean_over,
    rank_articles,
    score,
    share_refused,
    trec_lines,
)
from api.search.query import Query
from indexer.documents import Article
from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError
from tests.search.harbour import METHOD, WEIGHTS, publish, searcher_over

TEN = [f"x{number}" for number in range(10)]


def test_ndcg_discounts_graded_gains_by_the_logarithm_of_the_rank() -> None:
    values = score({"q": ["a", "x", "b"]}, {"q": {"a": 1, "b": 2, "c": 1}})
    found = 1 / log2(2) + 2 / log2(4)
    ideal = 2 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert values["nDCG@10"]["q"] == pytest.approx(found / ideal)


def test_recall_is_the_share_of_relevant_articles_found_so_far() -> None:
    values = score({"q": ["a", *TEN, "b"]}, {"q": {"a": 1, "b": 1, "c": 1, "x0": 0}})
    assert values["R@10"]["q"] == pytest.approx(1 / 3)
    assert values["R@100"]["q"] == pytest.approx(2 / 3)


def test_reciprocal_rank_is_that_of_the_first_relevant_article_within_ten() -> None:
    rankings = {"third": ["x", "y", "a", "b"], "eleventh": [*TEN, "a"]}
    values = score(rankings, {"third": {"a": 1, "b": 1}, "eleventh": {"a": 1}})
    assert values["RR@10"] == {"third": pytest.approx(1 / 3), "eleventh": 0}


def test_a_query_that_finds_nothing_scores_nothing() -> None:
    values = score({"silent": []}, {"silent": {"a": 1}, "unasked": {"a": 1}})
    assert all(found == {"silent": 0, "unasked": 0} for found in values.values())


def test_the_order_of_articles_is_kept_whatever_their_names() -> None:
    # By trec_eval's own rule for ties of scores, "z" would come before "a".
    rankings = {"q": ["a", "z"], "r": ["z", "a"]}
    values = score(rankings, {"q": {"a": 1}, "r": {"a": 1}})
    assert values["RR@10"] == {"q": 1, "r": 0.5}


def values_of(*numbers: float) -> dict[str, float]:
    return {f"q{number}": value for number, value in enumerate(numbers)}


def test_the_p_value_is_the_share_of_sign_flips_that_differ_as_much() -> None:
    compared = compare("dense", values_of(0.9, 0.8, 0.7, 0.6), values_of(0.5, 0.5, 0.5, 0.5))
    assert compared.difference == pytest.approx(0.25)
    # Of the sixteen ways to swap pairs, only none and all of them reach a mean of 0.25.
    assert compared.p_value == pytest.approx(2 / 16)


def test_the_interval_holds_the_middle_of_the_resampled_means() -> None:
    # 100 queries, of which half gain 1: means have a standard error of .05.
    compared = compare("dense", values_of(*[1, 0] * 50), values_of(*[0] * 100))
    assert compared.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
    assert compared.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)


def test_the_same_values_give_the_same_figures() -> None:
    chain = values_of(*(number % 7 / 7 for number in range(60)))
    arm = values_of(*(number % 5 / 5 for number in range(60)))
    reordered = dict(reversed(chain.items()))
    assert compare("dense", chain, arm) == compare("dense", reordered, arm)


def test_equal_values_differ_by_nothing_and_for_no_reason() -> None:
    compared = compare("dense", values_of(0.2, 0.4), values_of(0.2, 0.4))
    assert (compared.difference, compared.low, compared.high) == (0, 0, 0)
    assert compared.p_value == 1


def test_one_query_shows_nothing() -> None:
    compared = compare("dense", values_of(1), values_of(0))
    assert (compared.low, compared.high, compared.p_value) == (1, 1, 1)


def test_the_share_refused_is_that_of_questions_declared_unanswerable(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path / "index")
    publish(engine, Article("a", "", "the boat", language="en"))
    searcher = searcher_over(engine)
    assert searcher.search(Query("boat")).answerable
    assert not searcher.search(Query("storm")).answerable
    assert share_refused(searcher, ["boat", "storm", "ballot", "boat"]) == 0.5


def test_nobody_knows_what_is_refused_by_a_model_that_is_not_calibrated(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path / "index")
    publish(engine, Article("a", "", "the boat", language="en"))
    method = replace(METHOD, weights=replace(WEIGHTS, model="another"))
    assert share_refused(searcher_over(engine, method), ["boat"]) is None


def evaluation(chain: Sequence[float], **others: Sequence[float]) -> Evaluation:
    """One whose chain and arms have these values of nDCG@10, and 1 for all else."""
    queries = {f"q{number}": f"text {number}" for number in range(len(chain))}
    collection = Collection("made up", Path("corpus.jsonl"), queries, {})
    ones = dict.fromkeys(("R@10", "R@100", "RR@10"), values_of(*[1] * len(chain)))
    scores = {
        arm: {"nDCG@10": values_of(*values), **ones}
        for arm, values in {"chain": chain, **others}.items()
    }
    return Evaluation(collection, 2, 3, {}, scores, None)


def test_the_chain_is_compared_with_the_best_of_its_arms() -> None:
    evaluated = evaluation(lexical=[0.2, 0.4], dense=[0.5, 0.5], chain=[1, 1])
    assert evaluated.best_arm == "dense"
    [compared] = evaluated.comparisons()
    assert compared.arm == "dense"
    assert compared.difference == pytest.approx(0.5)


def test_the_chain_is_compared_with_every_fusion_there_is_besides() -> None:
    evaluated = evaluation(lexical=[0.2], dense=[0.5], chain=[0.75], rrf=[1.0], convex=[0.25])
    compared = [(found.arm, found.difference) for found in evaluated.comparisons()]
    assert compared == [("dense", 0.25), ("rrf", -0.25), ("convex", 0.5)]
    assert evaluated.best_arm == "dense"


def test_losses_are_the_queries_the_chain_loses_most_on() -> None:
    evaluated = evaluation(lexical=[0, 0, 0, 0], dense=[1, 1, 1, 0.5], chain=[0.5, 0, 1, 0.6])
    assert evaluated.losses(5) == [Loss("q1", "text 1", 1, 0), Loss("q0", "text 0", 1, 0.5)]
    assert [loss.query_id for loss in evaluated.losses(1)] == ["q1"]
    assert evaluated.losses(0) == []


def test_the_mean_counts_collections_alike_whatever_their_size() -> None:
    small = evaluation(lexical=[1], dense=[1], chain=[1])
    large = evaluation(lexical=[0, 0, 0], dense=[0, 0, 0], chain=[0.5, 0.5, 0.5])
    means = mean_over([small, large])
    assert means["lexical"]["nDCG@10"] == 0.5
    assert means["chain"]["nDCG@10"] == 0.75
    assert means["chain"]["R@10"] == 1


def test_a_run_is_written_as_trec_writes_it() -> None:
    lines = list(trec_lines({"q1": ["a", "b"], "q2": []}))
    assert lines == ["q1 Q0 a 1 1.000000000 dateline\n", "q1 Q0 b 2 0.500000000 dateline\n"]


@pytest.mark.parametrize(("query_id", "article_id"), [("q 1", "a"), ("q1", "a\nb"), ("q1", "")])
def test_ids_that_would_break_a_run_are_refused(query_id: str, article_id: str) -> None:
    with pytest.raises(DatelineError, match="cannot be written to a TREC run"):
        list(trec_lines({query_id: [article_id]}))


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    return LocalEngine(tmp_path)


def test_an_article_is_ranked_once_by_its_best_passage(engine: LocalEngine) -> None:
    publish(
        engine,
        Article("storm", "Storm", "rain storm boat\nrain", language="en"),
        Article("vote", "Vote", "rain rain vote\nvote", language="en"),
    )
    assert rank_articles(searcher_over(engine), "rain", "dense") == ["storm", "vote"]


def test_pages_are_turned_until_a_hundred_articles_are_found(engine: LocalEngine) -> None:
    long = Article("long", "Long", "\n".join(["rain"] * 250), language="en")
    short = [Article(f"s{n:03}", "Short", "rain vote", language="en") for n in range(400)]
    publish(engine, long, *short)
    ranked = rank_articles(searcher_over(engine), "rain", "dense")
    assert ranked[0] == "long"
    assert len(ranked) == len(set(ranked)) == 100
