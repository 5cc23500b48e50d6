"""Looks through answers that were given while articles changed, for what must never be in one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was put: a word that is nowhere else, then questions for its sentences."""

    article_id: str
    number: int
    asked: tuple[str, ...]

    @property
    def mark(self) -> str:
        """The word that only this version has."""
        return f"zq{self.article_id.removeprefix('live-')}v{self.number}"

    @property
    def title(self) -> str:
        """Another title for each version."""
        return f"Report number {self.number}"

    @property
    def text(self) -> str:
        """The whole text."""
        return f"The code of this is {self.mark}. {' '.join(self.asked)}"

    def body(self) -> bytes:
        """The article as it is sent."""
        fields = {"title": self.title, "text": self.text, "language": "en"}
        return json.dumps(fields).encode()


@dataclass(frozen=True, slots=True)
class Seen:
    """How many answers there were, with how many hits of articles being written.

    `mixed` answers have hits of several versions of one article, or the title of one and the text
    of another; `contradicting` ones show another version than an earlier answer of their
    generation; `nameless` ones name no generation.
    """

    answers: int
    hits: int
    generations: int
    mixed: int
    contradicting: int
    nameless: int


def look_through(bodies: Iterable[bytes], put: Sequence[Version]) -> Seen:
    """Check every answer, a JSON body each, against what was put."""
    known: dict[str, list[Version]] = {}
    for version in put:
        known.setdefault(version.article_id, []).append(version)
    shown: dict[tuple[str, str], int] = {}
    generations: set[str] = set()
    answers = hits = mixed = contradicting = nameless = 0
    for answer in map(json.loads, bodies):
        answers += 1
        generation = answer.get("generation")
        nameless += not generation
        generations.add(generation)
        found = _versions(answer["hits"], known)
        hits += sum(map(len, found.values()))
        mixed += any(len(set(each)) > 1 or UNKNOWN in each for each in found.values())
        contradicting += any(
            shown.setdefault((generation, id_), each[0]) != each[0] for id_, each in found.items()
        )
    return Seen(answers, hits, len(generations), mixed, contradicting, nameless)


def _versions(
    hits: Sequence[dict[str, Any]], known: Mapping[str, Sequence[Version]]
) -> dict[str, list[int]]:
    """The versions that the hits of each article being written are of."""
    found: dict[str, list[int]] = {}
    for hit in hits:
        article, passage = hit["article"], hit["passage"]
        if article["id"] in known:
            stretch = slice(passage["start"], passage["end"])
            fitting = (
                version.number
                for version in known[article["id"]]
                if (version.title, version.text[stretch]) == (article["title"], passage["text"])
            )
            found.setdefault(article["id"], []).append(next(fitting, UNKNOWN))
    return found
