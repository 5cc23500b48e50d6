"""A stream of `/answers` written by hand: for verdicts that honest sources never come to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

ARTICLE = {
    "id": "meridian-koizumi-pentagon",
    "title": "Japan's new defence chief takes island plans to the Pentagon",
    "source": "Meridian Wire",
    "authors": ["Haruka Tsuda", "Dale Whitcombe"],
    "url": "https://meridianwire.example/2026/01/15/koizumi-pentagon-talks",
    "published_at": "2026-01-15T20:45:00-05:00",
    "section": "World",
    "language": "en",
}
BACKED = {"start": 466, "end": 566}
TEXT = (
    "Much of the talk turned on the Nansei island chain, which runs southwest from Kyushu "
    "towards Taiwan."
)
PASSAGE = {
    "n": 1,
    "passage_id": "meridian-koizumi-pentagon#1",
    "passage_ids": ["meridian-koizumi-pentagon#1"],
    "article": ARTICLE,
    "citation": "“Japan's new defence chief takes island plans to the Pentagon”, Meridian Wire",
    "start": 466,
    "end": 990,
    "sha256": "0" * 64,
    "also": [],
    "flagged": [],
}
VERDICTS = ("supported", "partial", "unsupported", "contradicted", "uncited")
SENTENCES = (
    "The talks turned on the Nansei island chain. [1]",
    "They ran for two 🛰 hours and a half. [1]",
    "Both sides were pleased. [1]",
    "The chain runs northeast from Kyushu. [1]",
    "More will be said in spring.",
)
ANSWER = " ".join(SENTENCES)


def answer(**members: Any) -> dict[str, Any]:
    """A whole answer whose sentences have every verdict there is."""
    starts = [len(" ".join(SENTENCES[:at])) + bool(at) for at in range(len(SENTENCES))]
    ends = [start + len(text) for start, text in zip(starts, SENTENCES, strict=True)]
    return {
        "query": "What were the talks about?",
        "generation": "000001-1f3a9c2e",
        "answerable": True,
        "reason": None,
        "answer": ANSWER,
        "citations": [_citation(start, end) for start, end in zip(starts[:4], ends, strict=False)],
        "sentences": [
            _sentence(*each) for each in zip(VERDICTS, SENTENCES, starts, ends, strict=True)
        ],
        "passages": [PASSAGE],
        "unknown_markers": [],
        "degraded": [],
        "took_ms": 3.0,
        **members,
    }


def _citation(start: int, end: int) -> dict[str, Any]:
    return {
        "n": 1,
        "answer": {"start": start, "end": end - 4},
        "marker": {"start": end - 3, "end": end},
        "passage_id": PASSAGE["passage_id"],
        "article": ARTICLE,
        **BACKED,
        "sha256": "0" * 64,
        "text": TEXT,
    }


def _sentence(verdict: str, text: str, start: int, end: int) -> dict[str, Any]:
    found = {"n": 1, "article_id": ARTICLE["id"], **BACKED, "text": TEXT, "sha256": "0" * 64}
    named = {"title": ARTICLE["title"], "source": ARTICLE["source"]}
    return {
        "start": start,
        "end": end,
        "text": text,
        "verdict": verdict,
        "support": None if verdict == "uncited" else 0.5,
        "evidence": [] if verdict == "uncited" else [{**found, **named}],
        "problems": ["“northeast” is not in the source."] if verdict == "contradicted" else [],
    }


def events(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that lead to an answer, word by word."""
    begun = {name: whole[name] for name in ("query", "generation", "answerable", "reason")}
    yield {
        "type": "search.completed",
        **begun,
        "degraded": whole["degraded"],
        "passages": whole["passages"],
    }
    at = 0
    for word in whole["answer"].replace(" ", " \0").split("\0"):
        yield {"type": "answer.delta", "text": word, "start": at, "end": at + len(word)}
        at += len(word)
    yield from ({"type": "answer.citation", **citation} for citation in whole["citations"])
    yield {"type": "answer.verified", "sentences": whole["sentences"]}
    yield {"type": "answer.completed", **whole}


def stream(told: Iterator[dict[str, Any]]) -> str:
    """Events as server-sent events, with a heartbeat before them."""
    lines = [": heartbeat\n\n"]
    for number, event in enumerate(told):
        body = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        lines.append(f"event: {event['type']}\ndata: {body}\n\n")
    return "".join(lines)
