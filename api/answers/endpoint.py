"""Where a language model is, and the word for it that it gave no answer."""

from __future__ import annotations

from dataclasses import dataclass, field


class ModelFailed(Exception):
    """The model gave no answer, or not all of one; the message says why."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Where the model is, what it is called, and how long it may take.

    It has `seconds` for all it says and `silence` for each next word; `streams` answers of a
    process may be under way at once.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    seconds: float = 120.0
    silence: float = 30.0
    streams: int = 8
