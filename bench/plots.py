"""Pictures of what was measured, as PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.tables import BARE, Figures

GREY, BLUE, ORANGE = "#b9c4cf", "#7d93a8", "#c2410c"


def plot_scale(sizes: Mapping[int, Figures], path: Path) -> None:
    """Latency, throughput, memory and cost of building by number of passages."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    passages = [figures["built"]["passages"] for figures in sizes.values()]

    def line(at: Axes, label: str, colour: str, value: Callable[[Figures], float]) -> None:
        values = [value(figures) for figures in sizes.values()]
        at.plot(passages, values, marker="o", color=colour, label=label)

    latency, throughput, memory, building = axes.flat
    line(latency, "/search p99", BLUE, lambda each: each["served"]["search"]["hybrid"]["p99"])
    line(latency, "/search p50", ORANGE, lambda each: each["served"]["search"]["hybrid"]["p50"])
    line(latency, "bare p50", GREY, lambda each: each["served"]["graph"]["p50"])
    line(throughput, "two bare processes", GREY, lambda each: each["loaded"]["graph_throughput"])
    line(throughput, "two workers", ORANGE, lambda each: each["loaded"]["throughput"])
    line(memory, "first, resident", GREY, lambda each: each["served"]["first_worker"]["resident"])
    line(memory, "first, private", BLUE, lambda each: each["served"]["first_worker"]["private"])
    line(memory, "second adds, private", ORANGE, lambda each: each["loaded"]["second_worker"])
    line(building, "", ORANGE, _built_a_second)
    _dress(latency, "one client, ms")
    _dress(throughput, "under load, answers/s")
    _dress(memory, "worker, MB")
    _dress(building, "building, passages/s, vectors at hand")
    figure.savefig(path, dpi=120)


def _built_a_second(each: Figures) -> float:
    built = each["built"]
    rate: float = built["passages"] / (built["adding"] + built["publishing"])
    return rate


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xscale("log")
    axes.set_xlabel("passages")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    if any(axes.get_legend_handles_labels()[1]):
        axes.legend(frameon=False, fontsize=8)


def plot_peers(told: Figures, path: Path) -> None:
    """Programs side by side: one panel a measure, one bar a program."""
    programs: dict[str, Figures] = told["programs"]
    panels: dict[str, Callable[[Figures], float]] = {
        "p50, ms": lambda each: each["search"]["p50"],
        "under load, answers/s": lambda each: each["load"]["throughput"],
        "memory, MB": lambda each: each["memory"]["once"],
        "start to ready, s": lambda each: each["start"],
        "indexing, passages/s": lambda each: each["indexing"],
    }
    figure = Figure(figsize=(12, 2.6), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True)
    for at, (title, value) in zip(axes, panels.items(), strict=True):
        shown = {
            name: value(each)
            for name, each in programs.items()
            if name != BARE or title in ("p50, ms", "under load, answers/s")
        }
        # The bare graph keeps its place where it has no bar.
        at.barh(list(programs), [0] * len(programs))
        bars = at.barh(list(shown), list(shown.values()), color=[_colour(name) for name in shown])
        at.bar_label(bars, [_shown(each) for each in shown.values()], padding=3, fontsize=8)
        at.set_title(title, loc="left", fontsize=10)
        at.set_xlim(right=1.3 * max(shown.values()))
        at.set_xticks([])
        at.spines[["top", "right", "bottom"]].set_visible(False)
        at.tick_params(axis="y", length=0, labelsize=8)
    axes[0].invert_yaxis()
    figure.savefig(path, dpi=120)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def plot_live(told: Figures, path: Path) -> None:
    """Every search while articles were written, and the quiet p99 beside them."""
    figure = Figure(figsize=(10, 3.5), layout="constrained")
    axes = figure.add_subplot()
    done = told["load"]
    axes.plot(done["ended"], done["milliseconds"], ".", markersize=2, color=BLUE)
    for name, colour in (("quiet", GREY), ("meanwhile", ORANGE)):
        axes.axhline(told[name]["p99"], color=colour, label=f"p99 {name}")
    axes.set_title("searches while articles are written, ms", loc="left", fontsize=10)
    axes.set_xlabel("seconds")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=120)


def _colour(name: str) -> str:
    return ORANGE if name.startswith("Dateline") else GREY if name == BARE else BLUE
