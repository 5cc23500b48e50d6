"""The reliability diagram: what relevance predicts, and what is so."""

from __future__ import annotations

from typing import BinaryIO

from matplotlib.figure import Figure

from api.search.answerability import Answerability
from api.search.calibration import BINS

_COLOUR = "#c2410c"
_FAINT = "#7d93a8"


def draw(found: Answerability, file: BinaryIO) -> None:
    """Write a PNG: of hits on collections left out, relevance against the share that answer.

    A thin line for each collection, a thick one for all; under it how many hits each bin has.
    """
    figure = Figure(figsize=(5, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    above.plot([0, 1], [0, 1], ":", color="black", linewidth=1, label="as predicted")
    for number, each in enumerate(found.left_out):
        bins = each.predictions().by_width()
        above.plot(
            [bin_.predicted for bin_ in bins],
            [bin_.observed for bin_ in bins],
            color=_FAINT,
            linewidth=0.8,
            label="" if number else "each collection, left out",
        )
    bins = found.pooled().by_width()
    centres = [bin_.predicted for bin_ in bins]
    observed = [bin_.observed for bin_ in bins]
    above.plot(centres, observed, "o-", color=_COLOUR, linewidth=2.2, label="all of them")
    above.set_ylabel("share of hits that answer")
    above.set_ylim(-0.02, 1.02)
    above.legend(loc="upper left", frameon=False)
    below.bar(centres, [bin_.share for bin_ in bins], 0.7 / BINS, color=_COLOUR)
    below.set_yscale("log")
    below.set_ylabel("share of hits")
    below.set_xlabel("relevance")
    below.set_xlim(0, 1)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, format="png", dpi=100, pil_kwargs={"optimize": True})
