"""On the sample articles, with the default model: what is altered is caught, what is true is not.

The alterations and paraphrases are made by rules, the summaries were written by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from api.grounding.verdict import Checked, Cited, Verdict
from api.grounding.verification import Verifier
from api.search.method import Method
from api.search.searcher import Searcher
from api.search.weights import Weights
from indexer.documents import Article, Span
from indexer.encoders import open_encoder
from indexer.encoders.base import Encoder
from indexer.engines.base import NO_FILTERS
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ModelCard
from tests.grounding.alterations import Told, altered, unaltered

# Every so many of those there are: what a test has the time for.
EVERY = 3


@pytest.fixture(scope="module")
def searcher(seeds_index: Path, model_cache: Path) -> Searcher:
    def open_model(card: ModelCard) -> Encoder:
        return open_encoder(card.name, card.fingerprint, card.canaries, model_cache)

    return Searcher(LocalEngine(seeds_index), open_model, Method(Weights.read()))


@pytest.fixture(scope="module")
def articles(searcher: Searcher) -> list[Article]:
    return searcher.snapshot().articles(NO_FILTERS, 0, 100)


def verdicts(searcher: Searcher, told: Iterable[Told]) -> list[tuple[Told, set[Verdict]]]:
    """What became of each, those of an article being checked together."""
    found = []
    for _, group in groupby(told, key=lambda each: each.article.id):
        own = list(group)
        found += list(zip(own, _checked(searcher, own), strict=True))
    return found


def _checked(searcher: Searcher, own: Sequence[Told]) -> list[set[Verdict]]:
    article = own[0].article
    cited = [Cited(article, Span(0, len(article.text)))]
    checked = Verifier(searcher).verify("\n\n".join(each.text for each in own), cited)
    return list(_by_line([each.text for each in own], checked))


def _by_line(lines: Sequence[str], checked: Sequence[Checked]) -> Iterable[set[Verdict]]:
    start = 0
    for line in lines:
        end = start + len(line)
        yield {each.verdict for each in checked if start <= each.span.start < end}
        start = end + 2


def test_every_alteration_is_caught(searcher: Searcher, articles: list[Article]) -> None:
    sample = list(altered(articles))[::EVERY]
    assert len(sample) >= 200
    assert {told.kind for told in sample} == {"number", "name", "date", "quote"}
    missed = [told.text for told, found in verdicts(searcher, sample) if found == {"supported"}]
    assert missed == []


def test_what_is_true_is_seldom_accused(searcher: Searcher, articles: list[Article]) -> None:
    sample = list(unaltered(articles))[::EVERY]
    assert len(sample) >= 400
    accused = [told.text for told, found in verdicts(searcher, sample) if found != {"supported"}]
    assert len(accused) <= 0.05 * len(sample), accused


def test_summaries_are_told_from_inventions(searcher: Searcher) -> None:
    snapshot = searcher.snapshot()
    told: dict[bool, list[bool]] = {True: [], False: []}
    path = Path(__file__).with_name("summaries.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        for article_id, true, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            article = snapshot.article(article_id)
            assert article is not None
            whole = Cited(article, Span(0, len(article.text)))
            [checked] = Verifier(searcher).verify(text, [whole])
            told[true == "1"].append((checked.verdict == "supported") == (true == "1"))
    shares = [sum(right) / len(right) for right in told.values()]
    assert sum(shares) / 2 >= 0.75, shares
