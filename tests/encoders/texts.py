"""Made-up news passages of any length, the same on every run."""

from __future__ import annotations

import random

WHO = ["The harbour board", "Councillor Ødegård", "A spokeswoman", "Engineers", "Ms. Castañeda"]
DID = ["approved", "postponed", "criticised", "inspected", "will publish", "denied having seen"]
WHAT = ["the flood-gate plan", "a €4.2m budget", "new ferry timetables", "the “quiet streets” rule"]
WHEN = ["on Tuesday", "after a nine-hour session", "before the harvest", "in 2031", "within weeks"]
ELSEWHERE = [
    "Порт закрыт до утра.",
    "会議は延期された。",
    "المفاوضات مستمرة.",
    "Ça suffit ! 🚢",
    "नई पुल परियोजना",
]


def passages(count: int, seed: int = 0, shortest: int = 3, longest: int = 300) -> list[str]:
    """`count` passages of `shortest` to `longest` words, every eighth with another script in it."""
    chance = random.Random(seed)
    return [
        _passage(chance, chance.randint(shortest, longest), foreign=number % 8 == 0)
        for number in range(count)
    ]


def _passage(chance: random.Random, words: int, *, foreign: bool) -> str:
    written: list[str] = [chance.choice(ELSEWHERE)] if foreign else []
    while len(written) < words:
        sentence = " ".join(map(chance.choice, (WHO, DID, WHAT, WHEN)))
        written += f"{sentence}, {chance.randint(2, 9000)} people heard.".split()
    return " ".join(written[:words])
