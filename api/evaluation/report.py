"""What an evaluation prints: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.evaluation.chunking import Chunked
from api.search.chunking_evaluation import READ
from api.search.evaluation import (
    CHAIN,
    DECIDING,
    MEASURES,
    Comparison,
    Evaluation,
    Loss,
    Means,
    mean_over,
)
from api.terminal import printable
from indexer.documents import Json


def show(
    console: Console, evaluations: Sequence[Evaluation], chunked: Chunked | None, losses: int
) -> None:
    """Print a table for each collection, one of the means if there are several, one of chunking."""
    for evaluation in evaluations:
        _show_one(console, evaluation, losses)
    if len(evaluations) > 1:
        _show_means(console, f"Mean of {len(evaluations)} collections", mean_over(evaluations))
    if chunked:
        _show_chunked(console, chunked)


def as_json(
    evaluations: Sequence[Evaluation], chunked: Chunked | None, losses: int
) -> dict[str, Json]:
    """The same for programs; figures are rounded to six places."""
    figures: dict[str, Json] = {
        "collections": [_one_as_json(evaluation, losses) for evaluation in evaluations]
    }
    if len(evaluations) > 1:
        figures["mean"] = _rounded_means(mean_over(evaluations))
    if chunked:
        figures["chunking"] = {
            name: round(value, 6)
            for name, value in {**asdict(chunked), **chunked.figures._asdict()}.items()
            if name != "figures"
        }
    return figures


def _show_one(console: Console, evaluation: Evaluation, losses: int) -> None:
    collection = evaluation.collection
    sizes = (
        f"{len(collection.queries):,} queries, {evaluation.articles:,} articles, "
        f"{evaluation.passages:,} passages"
    )
    _show_means(console, f"{collection.name}: {sizes}", evaluation.means)
    for compared in evaluation.comparisons():
        console.print(
            f"{CHAIN} − {compared.arm}: {compared.difference:+.4f} {DECIDING}, 95 % interval "
            f"{compared.low:+.4f} to {compared.high:+.4f}, p = {compared.p_value:.4f}",
            soft_wrap=True,
        )
    if evaluation.refused is not None:
        console.print(f"Called unanswerable, though each has an answer: {evaluation.refused:.1%}")
    lost = evaluation.losses(losses)
    if lost:
        console.print(f"Loses most against {evaluation.best_arm}, {DECIDING}:")
        for loss in lost:
            console.print(_loss_line(loss), soft_wrap=True)
    console.print()


def _show_means(console: Console, title: str, means: Means) -> None:
    console.print(Text(printable(title), style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    for measure in MEASURES:
        table.add_column(measure, justify="right")
    for arm, values in means.items():
        figures = [f"{values[measure]:.4f}" for measure in MEASURES]
        table.add_row(arm, *figures, style="bold" if arm == CHAIN else "")
    console.print(table)


def _show_chunked(console: Console, chunked: Chunked) -> None:
    title = (
        f"Chunking: {chunked.questions:,} questions, {chunked.passages:,} passages of "
        f"{chunked.mean_characters:.0f} characters ({chunked.mean_tokens:.0f} tokens) on average, "
        f"{chunked.retrieved} retrieved"
    )
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("recall", "precision", "IoU", "precision Ω", f"recall in {READ:,}"):
        table.add_column(name, justify="right")
    table.add_row(*(f"{figure:.4f}" for figure in chunked.figures))
    console.print(table)


def _loss_line(loss: Loss) -> Text:
    values = f"  {loss.arm:.2f} → {loss.chain:.2f}  "
    return Text.assemble(values, (printable(loss.query_id), "cyan"), "  ", printable(loss.text))


def _one_as_json(evaluation: Evaluation, losses: int) -> dict[str, Json]:
    best, *others = map(_comparison_as_json, evaluation.comparisons())
    return {
        "name": evaluation.collection.name,
        "queries": len(evaluation.collection.queries),
        "articles": evaluation.articles,
        "passages": evaluation.passages,
        "arms": _rounded_means(evaluation.means),
        "comparison": best,
        "fusions": list(others),
        "refused": None if evaluation.refused is None else round(evaluation.refused, 6),
        "losses": [asdict(loss) for loss in evaluation.losses(losses)],
    }


def _comparison_as_json(compared: Comparison) -> dict[str, Json]:
    return {
        "measure": DECIDING,
        "against": compared.arm,
        "difference": round(compared.difference, 6),
        "interval": [round(compared.low, 6), round(compared.high, 6)],
        "p_value": round(compared.p_value, 6),
    }


def _rounded_means(means: Means) -> dict[str, Json]:
    return {
        arm: {measure: round(value, 6) for measure, value in values.items()}
        for arm, values in means.items()
    }
