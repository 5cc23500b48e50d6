"""A small index served over HTTP; only the model is replaced, by one that hashes words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
from flask.testing import FlaskClient

from api.resources.serving import current_searcher
from api.search.method import Method
from api.search.searcher import Searcher
from api.search.weights import Calibration, Weights
from indexer.documents import Article, Passage, Span
from indexer.engines.base import Engine
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.sentence_vectors import Sentences, to_signs
from indexer.sentences import sentences
from indexer.vectors import Vectors

TOKYO = timezone(timedelta(hours=9))


class HashingEncoder:
    """Stands in for a model at the outermost edge; counts how often it is asked."""

    name, fingerprint, dimension, max_tokens = "hashing", "c" * 64, 32, 64

    def __init__(self) -> None:
        self.queries = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += 1
        return self.encode_passages(texts)

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
            vector[zlib.crc32(word.strip(".,“”").encode()) % self.dimension] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


# Whatever the size of the index: even odds at a score of .6, by meaning alone at a cosine of .3.
CALIBRATION = Calibration(
    intercept=2.0, slope=4.0, size=0.0, threshold=0.5, false_accepts=0.05, false_rejects=0.1
)
WEIGHTS = Weights(
    version="by hand",
    model=HashingEncoder.fingerprint,
    layered={"cosine": 1.0, "coverage": 1.2, "lexical": 0.2, "within": 0.1},
    calibrations={
        "hybrid": CALIBRATION,
        "dense": replace(CALIBRATION, intercept=4.8),
        "lexical": CALIBRATION,
    },
)
METHOD = Method(WEIGHTS)

DEFENCE = Article(
    id="wire/0412-defence",
    title="Defence chiefs weigh island deployments",
    text="The two ministers met on Thursday.\n"
    "Deployments along the Nansei island chain were on the table. 🛰 A drill follows in March.\n"
    "Neither side gave numbers.",
    source="Meridian Wire",
    url="https://meridian.example/0412",
    authors=("Ana Ruiz", "Ken Mori"),
    published_at=datetime(2026, 1, 15, 18, 20, tzinfo=UTC),
    updated_at=datetime(2026, 1, 15, 20, 5, tzinfo=UTC),
    section="World",
    language="en",
    dateline="WASHINGTON, Jan 15",
    metadata={"keywords": ["defence", "islands"]},
)
ISLANDS = Article(
    id="https://harbour.example/2026/islands?id=7",
    title="Island towns wait for word on deployments",
    text="Mayors on the island chain want to know about deployments.\nFerries run as before.",
    source="Harbour Post",
    published_at=datetime(2026, 1, 16, 8, 0, tzinfo=TOKYO),
    section="Asia",
    language="en-GB",
)
FLOOD = Article(
    id="flood",
    title="River is over its banks",
    text="The river rose in the night.\nSchools are shut.",
    source="Meridian Wire",
    published_at=datetime(2026, 1, 17, 23, 59, tzinfo=UTC),
    section="World",
    language="en",
)
HEADLESS = Article(
    id="leaflet",
    title="A leaflet with no name on it",
    text="A leaflet with no name on it was handed out.",
    title_inferred=True,
)
ARTICLES = (DEFENCE, ISLANDS, FLOOD, HEADLESS)


def passages_of(article: Article) -> Iterator[Passage]:
    """One passage a line, found by where the line breaks are."""
    breaks = [-1, *(at for at, sign in enumerate(article.text) if sign == "\n"), len(article.text)]
    for number, (before, end) in enumerate(pairwise(breaks)):
        start = before + 1
        yield Passage(f"{article.id}#{number}", article.id, article.text[start:end], start, end)


def _sentences(encoder: HashingEncoder, passage: Passage) -> Sentences:
    spans = tuple(Span(found.start, found.end) for found in sentences(passage.text, "en"))
    return Sentences(spans, to_signs(encoder.encode_passages([s.of(passage.text) for s in spans])))


def publish(engine: LocalEngine, *articles: Article) -> str:
    """Publish the articles as one generation, and name it."""
    encoder = HashingEncoder()
    model = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension)
    with engine.draft(model, ChunkingCard(64, 0)) as draft:
        for article in articles:
            passages = list(passages_of(article))
            vectors = encoder.encode_passages([p.text for p in passages])
            draft.add(article, passages, vectors, [_sentences(encoder, p) for p in passages])
        return draft.publish().generation


def go_on(client: FlaskClient) -> None:
    """Have the application of `client` go on to the newest generation, as its watch would."""
    with client.application.app_context():
        current_searcher().generations.refresh()


def searcher_over(engine: Engine, method: Method = METHOD) -> Searcher:
    return Searcher(engine, lambda _: HashingEncoder(), method)
