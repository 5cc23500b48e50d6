"""gunicorn in this process, as `dateline serve` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from api import gunicorn_settings
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
        """Hand the settings to gunicorn; none of its own files or variables are read."""
        for name, value in {**vars(gunicorn_settings), **self._options()}.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> _WSGIAppType:
        """The application of one worker."""
        # The stubs of gunicorn ask for a more general type than WSGI servers ever pass.
        return cast("_WSGIAppType", create_app(self._settings))

    def _options(self) -> dict[str, Any]:
        return {
            "bind": self._binding.url.removeprefix("http://"),
            "workers": self._binding.workers,
            "threads": gunicorn_settings.threads_for(self._settings),
            "loglevel": "warning",
            "when_ready": self._when_ready,
        }

    def _when_ready(self, _: Arbiter) -> None:
        gunicorn_settings.begin_ingest(self._settings)
        self._ready()
