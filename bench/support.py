"""Fits what /verify takes for support: `python -m bench.support DIR --out support.json`.

DIR holds statements and the texts that bear them out, in the BEIR layout (`corpus.jsonl`,
`queries.jsonl`, `qrels.tsv`), such as SciFact. Each statement is held against its own texts and
against those nearest to it, by headline and by rare words, that do not bear it out. The model is a
logistic regression; its figures are cross-validated over statements.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.grounding.claims import Claim
from api.grounding.coverage import stems
from api.grounding.judging import compared, matched
from api.grounding.sources import Source
from api.grounding.support import Likeness, Support
from api.grounding.verdict import Cited
from api.search.collection import Collection, read_collection, read_records
from indexer.documents import Article, Span
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.sentences import sentences
from indexer.settings import IndexerSettings
from indexer.vectors import Vectors

NEGATIVES, FOLDS, RIDGE = 3, 5, 1.0
# Inventions about what an article tells are nearer to it than other texts are: above even odds
# fewer of them pass (docs/verification.md).
THRESHOLD, PARTIAL = 0.55, 0.45
_BATCH = 64

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A statement held against a text: its place among the statements, and whether it is true."""

    statement: int
    likeness: Likeness
    supported: bool


def samples(collection: Collection, encoder: Encoder) -> Iterator[Sample]:
    """Every statement beside its own texts and beside the nearest others."""
    articles = _articles(collection.articles)
    statements = {key: _statement(text) for key, text in collection.queries.items()}
    vectors = _encoded(encoder, [claim.text for claim in statements.values()])
    headlines = _encoded(encoder, [article.title or "-" for article in articles.values()])
    nearest = _Nearest(articles, headlines)
    sources: dict[str, Source] = {}
    for place, (key, claim) in enumerate(statements.items()):
        true = [each for each, grade in collection.judgements[key].items() if grade > 0]
        false = nearest.to(claim.text, vectors[claim.text], set(true))
        for article_id in (*true, *false):
            if article_id not in sources:
                sources[article_id] = _source(articles[article_id], encoder)
            found = _likeness(claim, sources[article_id], vectors)
            yield Sample(place, found, article_id in true)


def fit(likenesses: Numbers, supported: Numbers) -> Numbers:
    """Intercept and weights by Newton's method, the weights held back a little; classes even."""
    rows = np.column_stack([np.ones(len(likenesses)), likenesses])
    even = np.where(supported > 0, 0.5 / supported.mean(), 0.5 / (1 - supported.mean()))
    held = np.diag([0.0, *[RIDGE] * likenesses.shape[1]])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        said = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (even * (supported - said)) - held @ weights
        bend = (rows * (even * said * (1 - said))[:, None]).T @ rows + held
        weights += np.linalg.solve(bend, slope)
    return weights


def balanced_accuracy(said: Numbers, supported: Numbers, threshold: float) -> float:
    """The mean of the shares of supported and of unsupported ones that are told right."""
    yes = said >= threshold
    return float((yes[supported > 0].mean() + (~yes[supported == 0]).mean()) / 2)


def main() -> None:
    """Fit, say how good that is, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--samples", type=Path, help="keep what was measured here, as .npz")
    parser.add_argument("--version", default="scifact")
    options = parser.parse_args()
    settings = IndexerSettings.from_environment()
    encoder = load_encoder(settings.model, settings.cache_dir)
    found = list(samples(read_collection(options.directory), encoder))
    likenesses = np.array([astuple(sample.likeness) for sample in found])
    supported = np.array([float(sample.supported) for sample in found])
    if options.samples:
        np.savez(options.samples, likenesses=likenesses, supported=supported)
    folds = np.array([sample.statement % FOLDS for sample in found])
    said = np.empty(len(found))
    for fold in range(FOLDS):
        weights = fit(likenesses[folds != fold], supported[folds != fold])
        said[folds == fold] = _said(likenesses[folds == fold], weights)
    weights = fit(likenesses, supported)
    print(f"{len(found)} pairs, {int(supported.sum())} supported")
    print(
        f"balanced accuracy at {THRESHOLD}, cross-validated: "
        f"{balanced_accuracy(said, supported, THRESHOLD):.3f}"
    )
    for share in (0.01, 0.05, 0.1, 0.25, 0.5):
        low, high = (
            np.quantile(said[supported > 0], share),
            np.quantile(said[supported == 0], 1 - share),
        )
        print(f"{share:4.0%} of supported below {low:.3f}, of others above {high:.3f}")
    model = Support(
        version=options.version,
        intercept=round(float(weights[0]), 3),
        weights=Likeness(*(round(float(weight), 3) for weight in weights[1:])),
        threshold=THRESHOLD,
        partial=PARTIAL,
    )
    print(json.dumps(asdict(model), indent=2))
    if options.out:
        options.out.write_text(json.dumps(asdict(model), indent=2) + "\n", encoding="utf-8")


class _Nearest:
    """Finds texts that look as if they bore a statement out."""

    def __init__(self, articles: Mapping[str, Article], headlines: Mapping[str, Vectors]) -> None:
        self._ids = list(articles)
        self._vectors = np.stack([headlines[a.title or "-"] for a in articles.values()])
        self._stems = [stems(f"{a.title} {a.text}") for a in articles.values()]
        counts = Counter(stem for own in self._stems for stem in own)
        self._rarity = {stem: math.log(len(articles) / n) for stem, n in counts.items()}

    def to(self, text: str, vector: Vectors, own: set[str]) -> list[str]:
        """The ids of those nearest by headline, and by rare words too, its own left out."""
        words = stems(text) & self._rarity.keys()
        total = sum(self._rarity[stem] for stem in words) or 1.0
        shares = [sum(self._rarity[s] for s in words & each) / total for each in self._stems]
        by_headline = self._vectors @ vector
        found = [*self._first(by_headline, own), *self._first(by_headline + shares, own)]
        return list(dict.fromkeys(found))

    def _first(self, scores: NDArray[np.floating], own: set[str]) -> list[str]:
        ids = (self._ids[row] for row in np.argsort(-scores))
        return [each for each in ids if each not in own][:NEGATIVES]


def _said(likenesses: Numbers, weights: Numbers) -> Numbers:
    said: Numbers = 1 / (1 + np.exp(-(weights[0] + likenesses @ weights[1:])))
    return said


def _articles(corpus: Path) -> dict[str, Article]:
    read = (record for _, record in read_records(corpus))
    return {
        str(each["_id"]): Article(
            str(each["_id"]), str(each["title"]), str(each["text"]), language="en"
        )
        for each in read
    }


def _statement(text: str) -> Claim:
    return Claim(Span(0, len(text)), text, (), (), True)


def _source(article: Article, encoder: Encoder) -> Source:
    spans = sentences(article.text, article.language)
    vectors = encoder.encode_queries([span.of(article.text) for span in spans])
    return Source(Cited(article, Span(0, len(article.text))), tuple(spans), vectors)


def _likeness(claim: Claim, source: Source, vectors: Mapping[str, Vectors]) -> Likeness:
    match = matched(claim, source, vectors[claim.text])
    if match is None:
        return Likeness(*(0.0 for _ in fields(Likeness)))
    near = {source.sentence(place): source.vectors[place] for place in match.places}
    return compared(match, {**near, claim.text: vectors[claim.text]}).likeness


def _encoded(encoder: Encoder, texts: Sequence[str]) -> dict[str, Vectors]:
    distinct = list(dict.fromkeys(texts))
    batches = [distinct[first : first + _BATCH] for first in range(0, len(distinct), _BATCH)]
    rows = (row for batch in batches for row in encoder.encode_queries(batch))
    return dict(zip(distinct, rows, strict=True))


if __name__ == "__main__":
    main()
