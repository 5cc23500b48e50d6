"""What checking an answer against articles comes to, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from indexer.documents import Article, Span

Verdict = Literal["supported", "partial", "unsupported", "contradicted", "uncited"]


@dataclass(frozen=True, slots=True)
class Cited:
    """A stretch of an article that an answer refers to; `n` is its number in markers like [2]."""

    article: Article
    span: Span
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article that bears on one of an answer; `n` as in `Cited`."""

    article: Article
    span: Span
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of an answer, as a span of it, and what became of it.

    `support` is the estimated probability, 0 to 1, that the evidence says so, None where nothing
    estimates it; `problems` say in words what does not hold (a number, a name, a date, a quote).
    """

    span: Span
    verdict: Verdict
    support: float | None = None
    evidence: tuple[Evidence, ...] = ()
    problems: tuple[str, ...] = ()
