"""The bar chart of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import filterfalse
from typing import BinaryIO

from matplotlib.figure import Figure

from api.search.evaluation import ARMS, CHAIN, DECIDING, Evaluation, mean_over

_COLOURS = {"lexical": "#b9c4cf", "dense": "#7d93a8", CHAIN: "#c2410c"}
# Of fusions that are only there for comparison.
_OTHERS = ("#d9a441", "#e8cf9a", "#8c6d3f")
_GROUP = 0.81


def draw(evaluations: Sequence[Evaluation], file: BinaryIO) -> None:
    """Write a PNG: a group of bars for each collection, and for their mean if there are several."""
    groups = {evaluation.collection.name: evaluation.means for evaluation in evaluations}
    if len(evaluations) > 1:
        groups["mean"] = mean_over(evaluations)
    arms = list(evaluations[0].means)
    colours = {**dict(zip(filterfalse(ARMS.__contains__, arms), _OTHERS, strict=False)), **_COLOURS}
    figure = Figure(figsize=(2.5 + 0.5 * len(arms) * len(groups), 3.6), layout="constrained")
    axes = figure.add_subplot()
    width = _GROUP / len(arms)
    for number, arm in enumerate(arms):
        places = [group + (number - (len(arms) - 1) / 2) * width for group in range(len(groups))]
        heights = [means[arm][DECIDING] for means in groups.values()]
        bars = axes.bar(places, heights, 0.92 * width, color=colours[arm], label=arm)
        axes.bar_label(bars, [f"{height:.3f}".lstrip("0") for height in heights], fontsize=7)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_ylim(0, 1.08)
    axes.set_ylabel(DECIDING)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", length=0)
    figure.legend(loc="outside upper center", ncols=len(arms), frameon=False)
    figure.savefig(file, format="png", dpi=150)
