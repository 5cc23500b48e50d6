"""gunicorn's settings: `gunicorn --config python:api.gunicorn_settings 'api.app:create_app()'`."""

from __future__ import annotations

import gc

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from api.ingest_process import IngestProcess
from api.settings import ApiSettings

proc_name = "dateline"
worker_class = "api.worker.DatelineWorker"
# Threads let health checks and not-modified answers pass a query being encoded.
SEARCHING = 4
# A worker that finds no export of its model makes one first, which takes some 20 s.
timeout = 120
# The longest gunicorn takes; longer queries belong in the body of a POST.
limit_request_line = 8190
# Nobody uses it here, and it would be made in the home directory, which a container may not have.
control_socket_disable = True


def threads_for(settings: ApiSettings) -> int:
    """The threads of a worker: those for searches, and one for each answer a model may be at.

    Such an answer holds its thread for as long as the model takes, and searches go on beside it.
    """
    return SEARCHING + (settings.llm.streams if settings.llm else 0)


threads = threads_for(ApiSettings.from_environment())
ingest = IngestProcess()


def on_starting(arbiter: Arbiter) -> None:
    """Refuse what workers could not be forked from; raises RuntimeError, which gunicorn prints."""
    if arbiter.cfg.preload_app:
        raise RuntimeError(
            "Each worker has to open the index itself: leave --preload (preload_app) out."
        )


def when_ready(_: Arbiter) -> None:
    """Start what works handed-in articles in, where there may be any."""
    begin_ingest(ApiSettings.from_environment())


def begin_ingest(settings: ApiSettings) -> None:
    """Start `dateline ingest` for an index, if anybody has a key to write to it."""
    if settings.write_keys:
        ingest.start(settings.index)


def on_exit(_: Arbiter) -> None:
    """End it with the server."""
    ingest.stop()


def pre_fork(_: Arbiter, __: Worker) -> None:
    """Take what is loaded out of the garbage collector's rounds before workers share it.

    A round writes to all it looks at, and a page of memory that is written to is shared no more:
    two workers were measured to take 27 MB less with their master, and the second one 15.
    """
    gc.freeze()


def post_worker_init(_: Worker) -> None:
    """Take what a worker has loaded out of the garbage collector's rounds, and make those rarer.

    Requests leave next to no cycles behind; walking the libraries again and again was measured
    to cost a search 0.4 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
