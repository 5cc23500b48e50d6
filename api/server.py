"""gunicorn, set up for Dateline."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from api.app import create_app
from api.settings import ApiSettings

if TYPE_CHECKING:
    from gunicorn._types import _WSGIAppType


@dataclass(frozen=True, slots=True)
class Binding:
    """Where to listen, and with how many processes."""

    host: str
    port: int
    workers: int

    @property
    def url(self) -> str:
        """The address as a browser wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class Server(BaseApplication):
    """A gunicorn application whose workers each open the index for themselves."""

    def __init__(self, settings: ApiSettings, binding: Binding, ready: Callable[[], None]) -> None:
        self._settings, self._binding, self._ready = settings, binding, ready
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn; nothing is read from its own configuration files."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> _WSGIAppType:
        """The application of one worker."""
        # The stubs of gunicorn ask for a more general type than WSGI servers ever pass.
        return cast("_WSGIAppType", create_app(self._settings))

    def _options(self) -> dict[str, Any]:
        return {
            "bind": self._binding.url.removeprefix("http://"),
            "workers": self._binding.workers,
            # Threads let health checks and not-modified answers pass a query being encoded.
            "worker_class": "api.worker.DatelineWorker",
            "threads": 4,
            "proc_name": "dateline",
            # The longest gunicorn takes; longer queries belong in the body of a POST.
            "limit_request_line": 8190,
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": self._when_ready,
            "post_worker_init": _settle,
        }

    def _when_ready(self, _: Arbiter) -> None:
        self._ready()


def _settle(_: Worker) -> None:
    """Take what a worker has loaded out of the garbage collector's rounds, and make those rarer.

    Requests leave no cycles behind to speak of; walking the libraries again and again was measured
    to cost a search 0.4 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
