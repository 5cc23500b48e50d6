"""What an answer is, and what is told of it while it comes about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from api.answers.llm import Usage
from api.grounding.context import Context
from api.grounding.numbered import digest_of
from api.grounding.verdict import Checked
from indexer.documents import Article, Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker of an answer: `claim` is what of the answer rests on `span` of the article.

    `claim` and `marker` are spans of the answer; `passage_id` names the passage `span` begins in.
    """

    n: int
    claim: Span
    marker: Span
    passage_id: str
    article: Article
    span: Span

    @property
    def text(self) -> str:
        """What backs the claim, as it stands in the article."""
        return self.span.of(self.article.text)

    @property
    def sha256(self) -> str:
        """The digest of that text."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Written:
    """The text of an answer, what it cites, and which numbers it made up.

    `refused` says that it only tells that there is none; `usage` is what the model counted.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    unknown_markers: tuple[int, ...] = ()
    refused: bool = False
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, in words that stand alone, with its context, its answer and the checks.

    `degraded` names what failed on the way; `usage` is what was read and written in tokens, by
    the tokenizer of the index where no model counted; `took_ms` is how long all of it took.
    """

    question: str
    context: Context
    written: Written
    sentences: tuple[Checked, ...]
    degraded: tuple[str, ...]
    usage: Usage
    took_ms: float


@dataclass(frozen=True, slots=True)
class SearchCompleted:
    """The passages are there; the answer is not begun."""

    question: str
    context: Context
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """From `span.start` on the answer is `text`, whatever it was there before."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class AnswerVerified:
    """The answer is written, and its sentences are checked."""

    text: str
    sentences: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model is at work; told once a second."""


WAITING = Waiting()

Event: TypeAlias = "SearchCompleted | AnswerDelta | Citation | AnswerVerified | Answer | Waiting"
