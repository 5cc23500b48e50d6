"""Jobs: what became of articles that were handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import OneOf, Range, Regexp

from api.schemas.described import described
from api.schemas.fields import Choice, WholeNumber
from api.schemas.strict import Strict
from indexer.jobs import Job, JobState

DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10, 30


@dataclass(frozen=True, slots=True)
class Told:
    """A job as one server tells of it, and what keeps it from going on, if anything does."""

    job: Job
    delayed: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a job; 0 is not at all."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Named:
    """What the client calls its request by, if it does."""

    key: str | None = None


class WaitParameters(Strict):
    """The URL parameters of requests that write."""

    wait = Choice(
        [JobState.SEARCHABLE.value],
        metadata=described(
            "`searchable`: answer when searches find it, or when the time is up.", "searchable"
        ),
    )
    wait_seconds = WholeNumber(
        validate=Range(1, LONGEST_WAIT_SECONDS, error=f"Must be from 1 to {LONGEST_WAIT_SECONDS}."),
        metadata=described(
            f"How long to wait at most; {DEFAULT_WAIT_SECONDS} if it is not given.", 5
        ),
    )

    @validates_schema
    def check(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse a time that nothing waits for."""
        if "wait_seconds" in values and "wait" not in values:
            raise ValidationError("Goes with `wait=searchable`.", "wait_seconds")

    @post_load
    def waiting(self, values: dict[str, Any], **_: Any) -> Wait:
        """The parameters as a value."""
        waits = "wait" in values
        return Wait(values.get("wait_seconds", DEFAULT_WAIT_SECONDS) if waits else 0)


class WriteHeaders(Strict):
    """The headers of requests that write."""

    key = fields.String(
        data_key="Idempotency-Key",
        validate=Regexp(r"^[ -~]{1,255}$", error="Must be 1 to 255 printable ASCII characters."),
        metadata=described(
            "Any name for this request: sent again under it, the same request is the same job, "
            "and nothing is done twice.",
            '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
        ),
    )

    @post_load
    def named(self, values: dict[str, Any], **_: Any) -> Named:
        """The name as a value; its quotes are no part of it."""
        key: str | None = values.get("key")
        return Named(key and key.strip().removeprefix('"').removesuffix('"'))


class JobCountsSchema(Schema):
    """What became of how many changes."""

    received = fields.Integer(required=True, metadata=described("Changes in the request.", 3))
    indexed = fields.Integer(required=True, metadata=described("Articles new or corrected.", 1))
    unchanged = fields.Integer(
        required=True, metadata=described("Changes that changed nothing.", 1)
    )
    withdrawn = fields.Integer(required=True, metadata=described("Articles withdrawn.", 0))
    failed = fields.Integer(required=True, metadata=described("Changes set aside.", 1))


class FailureSchema(Schema):
    """A change that was set aside."""

    article_id = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Id of the article; null when it told none.", "wire/0412"),
    )
    reason = fields.String(required=True, metadata=described("Why.", "entry 3: text: Is required."))


class JobSchema(Schema):
    """What became of the changes of one request."""

    id = fields.String(
        attribute="job.id",
        required=True,
        metadata=described("Identifier.", "8c7f6f0f0f7e4d6f9f3b1d5a2c4e6a80"),
    )
    state = fields.String(
        attribute="job.state",
        required=True,
        validate=OneOf([state.value for state in JobState]),
        metadata=described(
            "`searchable` when this server answers with all that was not set aside; `failed` when "
            "everything was.",
            "searchable",
        ),
    )
    created_at = fields.DateTime(
        attribute="job.created_at",
        required=True,
        metadata=described("When the request was taken.", "2026-01-15T18:20:00.120000+00:00"),
    )
    counts = fields.Nested(
        JobCountsSchema(),
        attribute="job.tally",
        required=True,
        metadata=described("What became of how many changes; the rest still waits."),
    )
    generation = fields.String(
        attribute="job.generation",
        required=True,
        allow_none=True,
        metadata=described(
            "The newest generation any of it is in; null before there is one.", "000002-1f3a9c2e"
        ),
    )
    failures = fields.List(
        fields.Nested(FailureSchema()),
        attribute="job.failures",
        required=True,
        metadata=described("What was set aside, the first hundred."),
    )
    delayed = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "What keeps it from going on just now; null when nothing does. It is tried again.",
            "The index is damaged. Run `dateline doctor`, then index the articles again.",
        ),
    )
