"""The watch looks again and again until it is stopped."""

from __future__ import annotations

import threading
from threading import Event

import pytest

from api.search import watch
from api.search.watch import Watch


def test_it_looks_again_and_again_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SECONDS", 0.001)
    looks: list[int] = []
    thrice = Event()

    def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            thrice.set()

    before = set(threading.enumerate())
    watching = Watch(look)
    assert thrice.wait(30)
    watching.stop()
    assert set(threading.enumerate()) <= before
