"""`dateline doctor`: what is installed, which model and index there are, and what to mend."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from api.app import open_judge, open_llm, open_method
from api.settings import ApiSettings
from indexer.encoders import check_canaries, load_encoder, open_encoder
from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError, IndexDamaged
from indexer.inbox import Inbox
from indexer.settings import IndexerSettings, cache_directory, query_precision
from indexer.writing import check_room

_NEEDED = ("dateline", "faiss-cpu", "tantivy", "onnxruntime", "tokenizers", "flask", "gunicorn")
_FOR_EXPORT = ("sentence-transformers", "torch", "onnx")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what was found; a failed one says how to mend it."""

    name: str
    passed: bool
    detail: str


def examine(directory: Path) -> Iterator[Finding]:
    """Look at everything, one finding after the other; some take seconds.

    What the settings say is looked at only where all of them can be read.
    """
    yield _look("python", lambda: f"Python {platform.python_version()}")
    yield _look("packages", _packages)
    yield _look("export", _export_packages)
    settings = _look("settings", _settings)
    yield settings
    if settings.passed:
        yield _look("cache", lambda: _cache(cache_directory()))
        yield _look("model", lambda: _model(IndexerSettings.from_environment()))
        yield _look("ranking", lambda: _ranking(ApiSettings.from_environment()))
        yield _look("answers", lambda: _answers(ApiSettings.from_environment()))
    yield _look("index", lambda: _index(directory))
    if settings.passed:
        yield index_model(directory)


def inbox_finding(directory: Path) -> Finding:
    """Whether what waits in the inbox is as it was handed in."""
    return _look("inbox", lambda: _inbox(directory))


def index_model(directory: Path) -> Finding:
    """Whether the model at hand is the one the index was made with."""
    return _look("index model", lambda: _index_model(directory))


def _look(name: str, at: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, at())
    except DatelineError as error:
        return Finding(name, False, str(error))


def _packages() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _NEEDED)


def _export_packages() -> str:
    try:
        return ", ".join(f"{name} {version(name)}" for name in _FOR_EXPORT)
    except PackageNotFoundError as missing:
        return (
            f"{missing.name} is not installed, which is needed only to export a model: "
            "pip install 'dateline[models]'"
        )


def _settings() -> str:
    """Which are set, and not to what: some are secrets."""
    IndexerSettings.from_environment()
    ApiSettings.from_environment()
    query_precision()
    given = sorted(name for name in os.environ if name.startswith("DATELINE_"))
    return f"{', '.join(given)} as given, all others by default" if given else "all by default"


def _cache(directory: Path) -> str:
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise DatelineError(
            f"{directory} cannot be written to: set DATELINE_CACHE to a directory that can."
        )
    return f"{directory} (DATELINE_CACHE)"


def _model(settings: IndexerSettings) -> str:
    encoder = load_encoder(settings.model, settings.cache_dir, settings.threads)
    check_room(encoder, settings.passage_tokens)
    return f"{encoder.name}, {encoder.dimension} dimensions, {encoder.fingerprint[:12]}"


def _ranking(settings: ApiSettings) -> str:
    method = open_method(settings)
    reranker = f", reranked by {method.reranker.name}" if method.reranker else ""
    return f"{method.fusion} fusion, weights of {method.weights.version}{reranker}"


def _answers(settings: ApiSettings) -> str:
    llm, judge = open_llm(settings), open_judge(settings)
    words = f"worded by {settings.llm.model}" if llm and settings.llm else "sentences as they stand"
    return f"{words}, judged by {settings.nli}" if judge else words


def _index(directory: Path) -> str:
    engine = LocalEngine(directory)
    manifest = engine.snapshot().manifest
    for checked in engine.verify():
        if checked.problem:
            raise IndexDamaged(checked.problem)
    return (
        f"{directory}: generation {manifest.generation}, {manifest.articles:,} articles, "
        f"{manifest.passages:,} passages, built {manifest.created_at}"
    )


def _inbox(directory: Path) -> str:
    Inbox(directory).check()
    return ""


def _index_model(directory: Path) -> str:
    card = LocalEngine(directory).snapshot().manifest.model
    made_with = card.name, card.fingerprint, card.canaries, cache_directory()
    check_canaries(open_encoder(*made_with), card.fingerprint, card.canaries)
    # What encodes queries is another graph, which is compared with its digest when it is opened.
    open_encoder(*made_with, precision=query_precision())
    return f"{card.name}, {card.fingerprint[:12]}; its canary vectors agree"
