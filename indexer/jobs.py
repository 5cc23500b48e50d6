"""What is handed in to be indexed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from indexer.documents import Article


@dataclass(frozen=True, slots=True)
class Put:
    """An article to be there from now on, in place of any of its id."""

    article: Article


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The article of this id is to be there no longer."""

    article_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something handed in among others that is no article; `reason` is for whoever sent it."""

    article_id: str | None
    reason: str


Change: TypeAlias = Put | Withdrawal | Refused


class Outcome(StrEnum):
    """How an entry was worked in."""

    INDEXED = "indexed"
    UNCHANGED = "unchanged"
    """The index said the same already."""
    WITHDRAWN = "withdrawn"


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    INDEXING = "indexing"
    SEARCHABLE = "searchable"
    FAILED = "failed"
    """Every one of its changes was set aside."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes came, and what became of them; those missing from the sum still wait."""

    received: int = 0
    indexed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    failed: int = 0

    @property
    def waiting(self) -> int:
        """How many changes are still to be worked in."""
        return self.received - self.indexed - self.unchanged - self.withdrawn - self.failed


@dataclass(frozen=True, slots=True)
class Failure:
    """A change that was set aside."""

    article_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Job:
    """What became of one delivery; `generation` is the newest one that any of it went into.

    `failures` are the first of them. `held` is the kind of error (the name of its class) that
    keeps the inbox from being drained just now, empty when nothing does.
    """

    id: str
    created_at: datetime
    state: JobState
    tally: Tally
    generation: str | None = None
    failures: tuple[Failure, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change that waits in the inbox; `payload` is the article as JSON, None to withdraw it.

    Numbers grow and are never used twice.
    """

    number: int
    job: str
    article_id: str
    payload: str | None

    @property
    def outcome_when_drained(self) -> Outcome:
        """What became of it where all that is known is that it was worked in."""
        return Outcome.WITHDRAWN if self.payload is None else Outcome.INDEXED


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What a client calls its request by, and the SHA-256 of all that the request says."""

    key: str
    request: bytes
