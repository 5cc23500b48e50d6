"""The errors Dateline raises on purpose; each message tells the user what to do."""

from __future__ import annotations


class DatelineError(Exception):
    """Something the user can mend; the message says how."""


class UnreadableFile(DatelineError):
    """A file, or one article in it, that a loader could not read."""


class IndexMissing(DatelineError):
    """There is no published generation where one was looked for."""


class GenerationGone(DatelineError):
    """A generation that is kept no longer."""


class IndexDamaged(DatelineError):
    """A published generation whose files are absent, truncated or contradict its manifest."""


class ResourcesExhausted(DatelineError):
    """The process has no descriptors, memory or threads left; the index may well be sound."""


class IndexBusy(DatelineError):
    """Another process is writing to the index."""


class IndexMismatch(DatelineError):
    """The index was built with another model, other chunking or another format."""


class ModelUnavailable(DatelineError):
    """A model that could not be found, read or trusted."""


class MissingExtra(DatelineError):
    """An optional package is needed; the message carries the install command."""


class InboxUnusable(DatelineError):
    """The inbox cannot be read or written."""


class KeyReused(DatelineError):
    """A client calls two different requests by one key."""


class TemporaryUnusable(DatelineError):
    """Nothing can be written to the directory for temporary files."""


class IngestRunning(DatelineError):
    """Another process drains the inbox."""
