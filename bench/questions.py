"""Questions of real collections, each asked once, so that no cache helps anybody."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from api.search.collection import read_records


def questions(directories: Sequence[Path], count: int, seed: int = 0) -> list[str]:
    """`count` different questions in random order.

    Once the real ones are used up, the first words of one go on with the last words of another of
    the same collection: as long as real ones, and of the same words.
    """
    chance = random.Random(seed)
    collections = [_read(directory) for directory in directories]
    asked = dict.fromkeys(text for texts in collections for text in texts)
    order = list(asked)
    chance.shuffle(order)
    if count > len(order):
        more = (text for text in _joined(chance, collections) if text not in asked)
        new: dict[str, None] = {}
        while len(order) + len(new) < count:
            new.setdefault(next(more))
        order += new
    return list(islice(order, count))


def _read(directory: Path) -> list[str]:
    return [str(record["text"]) for _, record in read_records(directory / "queries.jsonl")]


def _joined(chance: random.Random, collections: Sequence[Sequence[str]]) -> Iterator[str]:
    sizes = [len(texts) for texts in collections]
    while True:
        [texts] = chance.choices(collections, sizes)
        head, tail = (chance.choice(texts).split() for _ in range(2))
        yield " ".join(head[: (len(head) + 1) // 2] + tail[(len(tail) + 1) // 2 :])
