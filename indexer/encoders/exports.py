"""The exported models kept in the cache directory, one directory for each fingerprint."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from indexer.documents import Span
from indexer.durable import sync
from indexer.encoders.base import Encoder
from indexer.encoders.canaries import CANARY_TEXTS, least_cosine
from indexer.encoders.card import ExportCard
from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.quantised import add_quantised
from indexer.encoders.transformer import TransformerEncoder
from indexer.errors import DatelineError, ModelUnavailable
from indexer.vectors import Vectors

FAITHFUL = 0.9999


class ExportRefused(DatelineError):
    """A model that cannot be exported, or whose export encodes differently."""


class Exportable(Protocol):
    """A model that can write an export of itself."""

    fingerprint: str

    def export(self, directory: Path) -> None:
        """Write the export into `directory`; raises whatever the model's code does."""


def find_export(cache_dir: Path, fingerprint: str) -> Path | None:
    """The export of the model with this fingerprint, or None."""
    directory = cache_dir / "models" / fingerprint
    return directory if ExportCard.read(directory) else None


def find_export_named(cache_dir: Path, name: str) -> Path | None:
    """The newest export of a model that was called `name`, or None."""
    cards = (cache_dir / "models").glob("*/encoder.json")
    newest_first = sorted(cards, key=lambda card: card.stat().st_mtime, reverse=True)
    for directory in (card.parent for card in newest_first):
        card = ExportCard.read(directory)
        if card and card.name == name:
            return directory
    return None


def publish_export(original: TransformerEncoder, cache_dir: Path) -> Path:
    """Export an encoder as `publish` does, if the export encodes alike, with queries in int8."""
    return publish(original, cache_dir, partial(_finished, original))


def publish(
    original: Exportable, cache_dir: Path, difference: Callable[[Path], str | None]
) -> Path:
    """Export a model and check the export against it: `difference` says what is wrong, if anything.

    The export appears under its name complete or not at all, whichever process writes it first.
    Raises ExportRefused, or ModelUnavailable when `cache_dir` cannot be written to.
    """
    models = cache_dir / "models"
    with _scratch(models) as scratch:
        staged = Path(scratch) / original.fingerprint
        staged.mkdir()
        try:
            original.export(staged)
            wrong = difference(staged)
        except Exception as error:  # Exporting runs the model's own code, which may raise anything.
            reason = "".join(str(error).splitlines()[:1])
            raise ExportRefused(
                f"it could not be exported ({type(error).__name__}: {reason})"
            ) from error
        if wrong:
            raise ExportRefused(wrong)
        return _move_into_place(staged, models / original.fingerprint)


def _scratch(models: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        models.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".export-", dir=models)
    except OSError as error:
        raise ModelUnavailable(
            f"The model cannot be exported to {models} ({error}): "
            "give access there, or set DATELINE_CACHE to another directory."
        ) from error


def _finished(original: Encoder, directory: Path) -> str | None:
    """What is wrong with the export in `directory`; nothing, once it is complete."""
    wrong = _difference(original, directory)
    if not wrong:
        add_quantised(directory)
    return wrong


def _difference(original: Encoder, directory: Path) -> str | None:
    """What the least cosine over the canary texts, as a batch and as single queries, says."""
    export = OnnxEncoder(directory)
    queries = np.vstack([export.encode_queries([text]) for text in CANARY_TEXTS])
    halves = [[Span(0, len(text) // 2), Span(len(text) // 2, len(text))] for text in CANARY_TEXTS]
    passages, sentences = export.encode_with_sentences(CANARY_TEXTS, halves)
    original_passages, original_sentences = original.encode_with_sentences(CANARY_TEXTS, halves)
    likeness = min(
        least_cosine(passages, original_passages),
        least_cosine(queries, original.encode_queries(CANARY_TEXTS)),
        _least_known(np.vstack(sentences), np.vstack(original_sentences)),
    )
    if likeness >= FAITHFUL:
        return None
    return f"its export agrees with it only to a cosine of {likeness:.6f} on the canary texts"


def _least_known(left: Vectors, right: Vectors) -> float:
    """The smallest cosine of sentences either encoder has a vector for; 1 if there are none."""
    known = left.any(axis=1) | right.any(axis=1)
    return least_cosine(left[known], right[known]) if known.any() else 1.0


def _move_into_place(staged: Path, target: Path) -> Path:
    """Give a finished export its name, durably: after a loss of power it is whole or not there."""
    for path in (*staged.iterdir(), staged):
        sync(path)
    moved = _renamed(staged, target)
    sync(target.parent)
    return moved


def _renamed(staged: Path, target: Path) -> Path:
    try:
        return staged.rename(target)
    except OSError:
        # Another process may have exported the same model meanwhile; that one is as good.
        if ExportCard.read(target):
            return target
    target.rename(staged.with_name("damaged"))
    return staged.rename(target)
