"""A small random corpus, the same in every run, with all that filters and BM25 depend on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.vectors import Vectors

DIMENSION = 16
EIGHTH = np.float32(0.125)
MODEL = ModelCard("toy", "f" * 64, DIMENSION)
CHUNKING = ChunkingCard(tokens=64, overlap=0)
SOURCES = (None, "Meridian Wire", "Harbour Post", "Straße und Zeit")
SECTIONS = (None, "World", "Sport")
LANGUAGES = (None, "en", "en-GB", "de", "ja")
AUTHORS = ("Ana Ruiz", "Zoë Brandt", "李明")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

_WORDS = (
    *("island", "chain", "deployments", "deploying", "deployed", "minister", "ministers", "talks"),
    *(
        "election",
        "elections",
        "votes",
        "voting",
        "flood",
        "flooding",
        "river",
        "rivers",
        "markets",
    ),
    *("Häuser", "Haus", "café", "cafe", "the", "of", "and", "in"),
)
_UNSPACED = ("南西諸島の部隊配備", "防衛相が訪米した", "配備について協議")


def entries(count: int = 60, seed: int = 7) -> Iterator[tuple[Article, list[Passage], Vectors]]:
    """Articles with passages and vectors; some have no passage, some no date or no source."""
    chance = random.Random(seed)
    for number in range(count):
        article, passages = _article(chance, number)
        # Multiples of 1/8 are exact in half precision, so scores and their ties are exact too.
        whole = [[chance.randint(-8, 8) for _ in range(DIMENSION)] for _ in passages]
        vectors = np.array(whole, dtype=np.float32).reshape(-1, DIMENSION) * EIGHTH
        yield article, passages, vectors


def _article(chance: random.Random, number: int) -> tuple[Article, list[Passage]]:
    language = chance.choice(LANGUAGES)
    pieces = [_piece(chance, language) for _ in range(number % 5)]
    article = Article(
        id=f"article/{number:02d}",
        title=_piece(chance, language)[:40],
        text="\n\n".join(pieces),
        source=chance.choice(SOURCES),
        authors=tuple(chance.sample(AUTHORS, chance.randint(0, 2))),
        published_at=_moment(chance),
        section=chance.choice(SECTIONS),
        language=language,
        title_inferred=number % 7 == 3,
        metadata={"number": number},
    )
    return article, list(_passages(article, pieces))


def _piece(chance: random.Random, language: str | None) -> str:
    if language == "ja":
        return "。".join(chance.choices(_UNSPACED, k=chance.randint(1, 4)))
    return " ".join(chance.choices(_WORDS, k=chance.randint(3, 120)))


def _passages(article: Article, pieces: list[str]) -> Iterator[Passage]:
    start = 0
    for number, piece in enumerate(pieces):
        yield Passage(f"{article.id}#{number}", article.id, piece, start, start + len(piece))
        start += len(piece) + 2


def _moment(chance: random.Random) -> datetime | None:
    if chance.random() < 0.2:
        return None
    offset = timezone(timedelta(hours=chance.choice((-5, 0, 9))))
    return (EPOCH + timedelta(hours=chance.randint(0, 240))).astimezone(offset)
