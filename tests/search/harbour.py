"""A small index whose model is replaced, at the outermost edge, by one of eight words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from api.search.method import Method
from api.search.pool import Pool, Ranks, behind_best
from api.search.searcher import Searcher
from api.search.weights import Calibration, Weights
from indexer.documents import Article, Passage, Span
from indexer.engines.base import Engine, Scores
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.vectors import Vectors

MEANINGS = {"boat": 0, "ship": 0, "vessel": 0, "vote": 1, "ballot": 1, "rain": 2, "storm": 2}
CHUNKING = ChunkingCard(64, 0)


class WordEncoder:
    """Stands in for a model: words of one meaning share a direction."""

    name, fingerprint, dimension, max_tokens = "words", "a" * 64, 4, 64

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    encode_queries = encode_passages

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        pooled = [
            self.encode_passages([span.of(text) for span in own]).reshape(-1, self.dimension)
            for text, own in zip(texts, sentences, strict=True)
        ]
        return self.encode_passages(texts), pooled

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, np.float32)
        for word in text.lower().split():
            vector[MEANINGS.get(word.strip(".,"), 3)] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


# Even odds for a score of 1, whatever the size of the index.
CALIBRATION = Calibration(0.0, 2.0, 0.0, threshold=0.5, false_accepts=0.05, false_rejects=0.1)
WEIGHTS = Weights(
    version="by hand",
    model=WordEncoder.fingerprint,
    layered={"cosine": 1.0, "coverage": 1.0, "within": 0.1},
    calibrations={"hybrid": CALIBRATION, "dense": CALIBRATION, "lexical": CALIBRATION},
)
METHOD = Method(WEIGHTS)


def publish(engine: LocalEngine, *articles: Article) -> str:
    """Publish the articles, a passage for each line of their texts, and name the generation."""
    encoder = WordEncoder()
    model = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension)
    with engine.draft(model, CHUNKING) as draft:
        for article in articles:
            passages = list(passages_of(article))
            draft.add(article, passages, encoder.encode_passages([p.text for p in passages]))
        return draft.publish().generation


def passages_of(article: Article) -> list[Passage]:
    passages, start = [], 0
    for number, line in enumerate(article.text.split("\n")):
        id_ = f"{article.id}#{number}"
        passages.append(Passage(id_, article.id, line, start, start + len(line)))
        start += len(line) + 1
    return passages


def searcher_over(engine: Engine, method: Method = METHOD) -> Searcher:
    return Searcher(engine, lambda _: WordEncoder(), method)


def pool(**arrays: list[float]) -> Pool:
    """A pool with these signals, one passage an article unless `articles` are given."""
    length = len(next(iter(arrays.values())))

    def whole(name: str, otherwise: Iterable[float] = ()) -> Ranks:
        return np.array(arrays.get(name) or [*otherwise] or [0] * length, np.int64)

    def real(name: str, otherwise: float = 0.0) -> Scores:
        return np.array(arrays.get(name) or [otherwise] * length, np.float32)

    articles, lexical = whole("articles", range(length)), real("lexical")
    return Pool(
        handles=whole("handles", range(length)),
        articles=articles,
        dense_rank=whole("dense_rank"),
        lexical_rank=whole("lexical_rank"),
        cosine=real("cosine"),
        mean_cosine=real("mean_cosine"),
        lexical=lexical,
        within=behind_best(articles, lexical),
        coverage=real("coverage"),
        fused=real("fused"),
        relevance=real("relevance"),
        scores=real("scores"),
        reranked_from=whole("reranked_from"),
        recency=real("recency", 1.0),
    )
