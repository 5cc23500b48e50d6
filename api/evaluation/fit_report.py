"""What a fit prints: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from statistics import fmean

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.evaluation.fitting import Fit, Ranked
from api.search.answerability import Answerability, LeftOut
from api.search.calibration import calibration_error
from api.search.evaluation import DECIDING
from api.search.fitting import Layered
from api.terminal import printable
from indexer.documents import Json

Row = Sequence[float]

_RANKED = ("lexical", "dense", "before", "fitted", "left out", "− best arm")
_JUDGED = ("refused", "here", "elsewhere", "same language", "removed", "ECE", "by mass")


def show(console: Console, fit: Fit) -> None:
    """Print how the weights rank, and for each mode how its relevance keeps its word."""
    _show_ranked(console, fit)
    for mode, found in fit.answerability.items():
        _show_judged(console, mode, found)


def as_json(fit: Fit) -> dict[str, Json]:
    """The same for programs, with the bins of the reliability diagram; rounded to six places."""
    return {
        "version": fit.weights.version,
        "model": fit.weights.model,
        "weights": dict(fit.weights.layered),
        "left_out": {family: dict(weights) for family, weights in fit.left_out.items()},
        "ranking": {
            name: {measure: _rounded(value) for measure, value in asdict(ranked).items()}
            for name, ranked in fit.ranked.items()
        },
        "answerability": {mode: _answerability(found) for mode, found in fit.answerability.items()},
    }


def _show_ranked(console: Console, fit: Fit) -> None:
    rows = {name: _ranked(found) for name, found in fit.ranked.items()}
    title = f"{DECIDING}, at last with weights fitted without the collection's family"
    _show_table(console, title, _RANKED, "{:.4f}", rows)
    console.print(f"Fitted: {_weights(fit.weights.layered)}", soft_wrap=True)
    for family, weights in fit.left_out.items():
        console.print(f"Without {printable(family)}: {_weights(weights)}", soft_wrap=True)
    console.print()


def _show_judged(console: Console, mode: str, found: Answerability) -> None:
    rows = {each.name: _judged(each, found.calibration.threshold) for each in found.left_out}
    calibration = found.calibration
    title = (
        f"{mode}, threshold {calibration.threshold:.2f}, on collections left out: own queries "
        "refused, queries without an answer accepted, calibration error"
    )
    _show_table(console, title, _JUDGED, "{:.3f}", rows)
    console.print(
        f"Relevance: 1 / (1 + exp(−({calibration.intercept:.3f} + {calibration.slope:.3f} · "
        f"ln score − {calibration.size:g} · ln passages)))\n"
        f"Refused though there is an answer: {calibration.false_rejects:.1%}. "
        f"Accepted though there is none: {calibration.false_accepts:.1%}.\n",
        soft_wrap=True,
    )


def _show_table(
    console: Console, title: str, heads: Sequence[str], form: str, rows: Mapping[str, Row]
) -> None:
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right")
    means = [_mean(column) for column in zip(*rows.values(), strict=True)]
    for name, row in {**rows, "mean": means}.items():
        figures = ["–" if isnan(value) else form.format(value) for value in row]
        table.add_row(printable(name), *figures, style="bold" if row is means else "")
    console.print(table)


def _ranked(found: Ranked) -> Row:
    values: tuple[float, ...] = tuple(asdict(found).values())
    return (*values, found.left_out - found.best_arm)


def _judged(found: LeftOut, threshold: float) -> Row:
    predictions = found.predictions()
    return (
        *found.accepted(threshold),
        calibration_error(predictions.by_width()),
        calibration_error(predictions.by_mass()),
    )


def _answerability(found: Answerability) -> Json:
    names = ("false_rejects", "here", "elsewhere", "same_language", "removed", "ece", "ece_by_mass")
    threshold = found.calibration.threshold
    collections: dict[str, Json] = {
        each.name: dict(zip(names, map(_rounded, _judged(each, threshold)), strict=True))
        for each in found.left_out
    }
    bins: list[Json] = [
        {name: _rounded(value) for name, value in bin_._asdict().items()}
        for bin_ in found.pooled().by_width()
    ]
    calibration: dict[str, Json] = {
        name: _rounded(value) for name, value in asdict(found.calibration).items()
    }
    return {"calibration": calibration, "collections": collections, "reliability": bins}


def _weights(weights: Layered) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return fmean(known) if known else float("nan")


def _rounded(value: float) -> float | None:
    return None if isnan(value) else round(value, 6)
