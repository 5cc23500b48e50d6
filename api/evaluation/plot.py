"""The bar chart of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from matplotlib.figure import Figure

from api.search.evaluation import ARMS, CHAIN, DECIDING, Evaluation, mean_over

_COLOURS = {"lexical": "#b9c4cf", "dense": "#7d93a8", CHAIN: "#c2410c"}
_BAR = 0.27


def draw(evaluations: Sequence[Evaluation], file: BinaryIO) -> None:
    """Write a PNG: a group of bars for each collection, and for their mean if there are several."""
    groups = {evaluation.collection.name: evaluation.means for evaluation in evaluations}
    if len(evaluations) > 1:
        groups["mean"] = mean_over(evaluations)
    figure = Figure(figsize=(2.5 + 1.5 * len(groups), 3.6), layout="constrained")
    axes = figure.add_subplot()
    for number, arm in enumerate(ARMS):
        places = [group + (number - 1) * _BAR for group in range(len(groups))]
        heights = [means[arm][DECIDING] for means in groups.values()]
        bars = axes.bar(places, heights, 0.92 * _BAR, color=_COLOURS[arm], label=arm)
        axes.bar_label(bars, [f"{height:.3f}".lstrip("0") for height in heights], fontsize=7)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_ylim(0, 1.08)
    axes.set_ylabel(DECIDING)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", length=0)
    figure.legend(loc="outside upper center", ncols=len(ARMS), frameon=False)
    figure.savefig(file, format="png", dpi=150)
