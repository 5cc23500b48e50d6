"""What can be wrong with handing articles in, and what clients are told of it."""

from __future__ import annotations

from api.problem import Problem, Refusal
from indexer.errors import InboxUnusable, KeyReused


class WritingDisabled(Exception):
    """Nobody may write: no key is configured."""


class WriteKeyRequired(Exception):
    """A request that shows no key, or another than the configured ones."""


class UnknownJob(Refusal):
    """A job that never was, or is kept no longer."""


class ArticlesRefused(Refusal):
    """A job waited for, of which nothing could be indexed."""


WRITING_PROBLEMS: dict[type[Exception], Problem] = {
    WriteKeyRequired: Problem(
        401,
        "write-key-required",
        "Writing needs a key",
        "Send one of the write keys of this server: `Authorization: Bearer KEY`.",
    ),
    WritingDisabled: Problem(
        403,
        "writing-disabled",
        "This server takes no articles",
        "Start it with DATELINE_WRITE_KEYS set to one key or several, separated by commas.",
    ),
    UnknownJob: Problem(404, "unknown-job", "There is no such job", "No job has this id."),
    KeyReused: Problem(
        422,
        "idempotency-key-reused",
        "The idempotency key was used for another request",
        "Send each request that is not a repetition with a new `Idempotency-Key`.",
    ),
    ArticlesRefused: Problem(
        422,
        "articles-refused",
        "Nothing of the request could be indexed",
        "The failures of the job say why.",
    ),
    InboxUnusable: Problem(
        503,
        "inbox-unusable",
        "Articles cannot be taken just now",
        "Nothing of the request was kept: send it again later. The log of the server says why.",
    ),
}
