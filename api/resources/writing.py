"""What requests that write share: handing in, waiting, and telling of the job."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from itertools import islice
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast
from urllib.parse import quote

import marshmallow
from flask import Flask, current_app, request

from api.arguments import MAX_ERRORS, Messages, leaves
from api.delivered import Record, chunks, records
from api.errors import PROBLEMS, InvalidParameters, MalformedRequest
from api.resources.serving import current_searcher
from api.schemas.article_body import ArticleBody
from api.schemas.jobs import Named, Told, Wait
from api.settings import ApiSettings
from api.writing_problems import ArticlesRefused
from indexer.errors import DatelineError, InboxUnusable, UnreadableFile
from indexer.inbox import Inbox
from indexer.jobs import Change, Job, JobState, Put, Refused, RequestKey
from indexer.loaders.articles import storable

Answered: TypeAlias = tuple[Told, int, dict[str, str]]
Arguments = ParamSpec("Arguments")
View = TypeVar("View")

LOCATION: dict[str, Any] = {
    "Location": {
        "description": "Address of the job.",
        "schema": {"type": "string", "examples": ["/jobs/8c7f6f0f0f7e4d6f9f3b1d5a2c4e6a80"]},
    }
}
# Those who wait hold a thread each, and searches must go on beside them.
MOST_WAITING = 2
_POLL_SECONDS = 0.02
_DELAYED = "It is kept and tried again; the log of `dateline ingest` says what is wrong."
# What is told of an unusable inbox is for a request that it did not keep: a job it has kept.
_REASONS = {
    kind.__name__: problem
    for kind, problem in PROBLEMS.items()
    if kind not in (Exception, InboxUnusable)
}
_KEY = "dateline.receiving"


class Receiving:
    """Where one application puts what is handed in, and who waits for it."""

    def __init__(self, settings: ApiSettings) -> None:
        self.inbox = Inbox(settings.index)
        self.settings = settings
        self.waiting = BoundedSemaphore(MOST_WAITING)


def receive(app: Flask, settings: ApiSettings) -> None:
    """Let the resources of `app` hand in what is sent to them."""
    app.extensions[_KEY] = Receiving(settings)


def receiving() -> Receiving:
    """That of the application that handles the current request."""
    found: Receiving = current_app.extensions[_KEY]
    return found


def of_an_article(view: Callable[Arguments, View]) -> Callable[Arguments, View]:
    """Let the body of a request be as large as one article may be."""

    @wraps(view)
    def wider(*args: Arguments.args, **kwargs: Arguments.kwargs) -> View:
        request.max_content_length = receiving().settings.max_article_bytes
        return view(*args, **kwargs)

    return wider


def hand_in(change: Change, wait: Wait, named: Named) -> Answered:
    """Hand in the one change of a request that has been read."""
    with receiving().inbox.delivery() as delivery:
        delivery.add(change)
        job = delivery.accept(_request_key(named, request.get_data()))
    return answered(job, wait)


def hand_in_all(wait: Wait, named: Named) -> Answered:
    """Hand in the articles of a large body while it is read; all of them, or none."""
    settings = receiving().settings
    digest = hashlib.sha256()
    pieces = chunks(request, settings.max_articles_bytes, digest.update)
    read = records(request.mimetype, pieces, settings.max_article_bytes)
    with receiving().inbox.delivery() as delivery:
        empty = True
        for record in read:
            delivery.add(_change(record))
            empty = False
        if empty:
            raise MalformedRequest("The body holds no article.")
        job = delivery.accept(_request_key(named, digest.digest()))
    return answered(job, wait)


def _request_key(named: Named, said: bytes) -> RequestKey | None:
    """The name of this request with a digest of it; `said` stands for its body."""
    if named.key is None:
        return None
    whole = f"{request.method} {request.path}\n".encode("utf-8", "surrogateescape") + said
    return RequestKey(named.key, hashlib.sha256(whole).digest())


def answered(job: Job, wait: Wait) -> Answered:
    """202, or 200 when this server answers with it in time; raises ArticlesRefused."""
    told, status = tell(job), 202
    if wait.seconds and receiving().waiting.acquire(blocking=False):
        try:
            told = _waited_for(job, wait.seconds)
        finally:
            receiving().waiting.release()
        status = 200 if told.job.state is JobState.SEARCHABLE else 202
        if told.job.state is JobState.FAILED:
            raise ArticlesRefused(
                " ".join(failure.reason for failure in told.job.failures[:MAX_ERRORS])
            )
    return told, status, {"Location": f"/jobs/{quote(job.id)}", "Cache-Control": "no-store"}


def tell(job: Job) -> Told:
    """A job as this server can vouch for it: searchable once it answers with that itself."""
    if job.state is JobState.SEARCHABLE and not _serves(job.generation):
        job = replace(job, state=JobState.INDEXING)
    if not job.held:
        return Told(job)
    problem = _REASONS.get(job.held)
    return Told(job, f"{problem.title}. {problem.detail}" if problem else _DELAYED)


def _waited_for(job: Job, seconds: int) -> Told:
    deadline = monotonic() + seconds
    while True:
        told = tell(receiving().inbox.job(job.id) or job)
        finished = told.job.state in (JobState.SEARCHABLE, JobState.FAILED)
        if finished or monotonic() >= deadline:
            return told
        if told.job.generation is not None:
            # Who waits need not wait for the watch as well.
            current_searcher().generations.refresh()
        sleep(_POLL_SECONDS)


def _serves(generation: str | None) -> bool:
    """Whether this server answers from that generation, or a later one."""
    if generation is None:
        return True
    try:
        served = current_searcher().snapshot().manifest.generation
    except DatelineError:
        return False
    return _running_number(served) >= _running_number(generation)


def _running_number(generation: str) -> int:
    return int(generation.partition("-")[0])


def _change(record: Record) -> Change:
    """What one value of a large body asks for, or why it is refused."""
    if record.fault:
        return Refused(None, f"{record.place}: {record.fault}")
    if not isinstance(record.value, dict):
        return Refused(None, f"{record.place}: It is not an object with the fields of an article.")
    given_id = record.value.get("id")
    article_id = storable(given_id) if isinstance(given_id, str) else None
    try:
        return Put(ArticleBody().load(record.value).settled())
    except marshmallow.ValidationError as error:
        reason = " ".join(_told(error))
    except UnreadableFile as error:
        reason = f"{error}."
    return Refused(article_id, storable(f"{record.place}: {reason}"))


def _told(error: marshmallow.ValidationError) -> Iterator[str]:
    messages = cast("Messages", error.messages_dict)
    for path, detail in islice(leaves(messages), MAX_ERRORS):
        yield f"{'.'.join(path)}: {detail}"


def unacceptable(pointer: str, detail: str) -> InvalidParameters:
    """The error that one place of a body is wrong."""
    named = pointer.removeprefix("#").strip("/")
    told = f"{named}: {detail}" if named else detail
    return InvalidParameters(told, errors=[{"pointer": pointer, "detail": detail}])
