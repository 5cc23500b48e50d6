"""Tables of what was measured, in Markdown, out of the files the benchmarks write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from rich import box
from rich.console import Console
from rich.table import Table

BARE = "bare graph"
DATELINE = "Dateline, 2 workers"
Figures: TypeAlias = Mapping[str, Any]
"""One file of figures as JSON, whose shape is that of the dataclass it was written from."""


def show_peers(console: Console, path: Path) -> None:
    """Programs side by side, and how many times as much as Dateline each takes."""
    told = json.loads(path.read_text())
    programs: dict[str, Figures] = told["programs"]
    table = _table(
        f"{told['passages']:,} passages",
        *("", "p50, ms", "p95, ms", "p99, ms", "answers/s", "failed"),
        *("resident, MB", "shared once, MB", "start, s", "passages/s"),
    )
    for name, figures in programs.items():
        search, memory = figures["search"], figures["memory"]
        row = [f"{search[share]:.1f}" for share in ("p50", "p95", "p99")]
        row += [f"{figures['load']['throughput']:.1f}", f"{figures['load']['failed']}"]
        if memory:
            row += [f"{memory['resident']:.0f}", f"{memory['once']:.0f}"]
            row += [f"{figures['start']:.1f}", f"{figures['indexing']:.1f}"]
        table.add_row(name, *row)
    console.print(table)
    console.print(_ratios(programs))


def _ratios(programs: Mapping[str, Figures]) -> Table:
    columns = ("", "p50", "answers/s", "resident", "shared once", "start", "passages/s")
    table = _table("Dateline's part of theirs", *columns)
    for name, theirs in programs.items():
        if theirs["memory"] is None or name.startswith("Dateline"):
            continue
        for own in (own for own in programs if own.startswith("Dateline")):
            table.add_row(f"{own} / {name}", *_parts(programs[own], theirs))
    return table


def _parts(own: Figures, theirs: Figures) -> Iterator[str]:
    for path in (
        ("search", "p50"),
        ("load", "throughput"),
        ("memory", "resident"),
        ("memory", "once"),
        ("start",),
        ("indexing",),
    ):
        yield f"{_at(own, path) / _at(theirs, path):.2f}"


def _at(figures: Figures, path: Sequence[str]) -> float:
    found: Any = figures
    for name in path:
        found = found[name]
    return float(found)


def show_scale(console: Console, sizes: Mapping[int, Figures]) -> None:
    """What an index costs by size, one table for building and one for serving."""
    console.print(_building(sizes))
    console.print(_serving(sizes))


def _building(sizes: Mapping[int, Figures]) -> Table:
    table = _table(
        "Building, vectors at hand",
        *("passages", "passages/s", "s", "peak, MB", "of it not in files", "before, MB"),
        *("on disk, MB", "bytes a passage"),
    )
    for built in (figures["built"] for figures in sizes.values()):
        seconds = built["adding"] + built["publishing"]
        stored = sum(built["bytes_of"].values())
        table.add_row(
            f"{built['passages']:,}",
            f"{built['passages'] / seconds:,.0f}",
            f"{seconds:,.1f}",
            f"{built['peak']:,.0f}",
            f"{built['peak_anonymous']:,.0f}",
            f"{built['before']:,.0f}",
            f"{stored / 2**20:,.0f}",
            f"{stored / built['passages']:,.0f}",
        )
    return table


def _serving(sizes: Mapping[int, Figures]) -> Table:
    columns = [f"{figures['built']['passages']:,}" for figures in sizes.values()]
    table = _table("Serving", "", *columns)
    rows: dict[str, list[str]] = {}
    for figures in sizes.values():
        for name, value in _served(figures):
            rows.setdefault(name, []).append(value)
    for name, values in rows.items():
        table.add_row(name, *values)
    return table


def _served(figures: Figures) -> Iterator[tuple[str, str]]:
    served, loaded = figures["served"], figures["loaded"]
    graph, hybrid = served["graph"], served["search"]["hybrid"]
    for share in ("p50", "p95", "p99"):
        yield f"bare graph, {share}, ms", f"{graph[share]:.1f}"
    for mode, search in served["search"].items():
        for share in ("p50", "p95", "p99") if mode == "hybrid" else ("p50",):
            yield f"/search, {mode}, {share}, ms", f"{search[share]:.1f}"
    yield "p50 / bare p50", f"{hybrid['p50'] / graph['p50']:.2f}"
    yield "p99 / bare p50", f"{hybrid['p99'] / graph['p50']:.2f}"
    yield "p99 / bare p99", f"{hybrid['p99'] / graph['p99']:.2f}"
    yield "recall@10 of dense candidates", f"{figures['recall_at_10']:.4f}"
    nearest = figures["built"]["bytes_of"].get("nearest.faiss")
    bytes_each = f"{nearest / figures['built']['passages']:.0f}" if nearest else ""
    yield "approximate index, bytes a passage", bytes_each
    yield "two workers, answers/s", f"{loaded['throughput']:.0f}"
    yield "two bare processes, queries/s", f"{loaded['graph_throughput']:.0f}"
    yield "the part of them", f"{loaded['throughput'] / loaded['graph_throughput']:.0%}"
    yield "under load p50, ms", f"{loaded['under_load']['p50']:.0f}"
    yield "under load p99, ms", f"{loaded['under_load']['p99']:.0f}"
    yield "failed", f"{loaded['failed']}"
    yield "start to ready, s", f"{served['start']:.2f}"
    yield "first worker, resident, MB", f"{served['first_worker']['resident']:.0f}"
    yield "first worker, private, MB", f"{served['first_worker']['private']:.0f}"
    yield "the second adds, private, MB", f"{loaded['second_worker']:.0f}"


def show_live(console: Console, path: Path) -> None:
    """How soon changes show, and what they do to searches meanwhile."""
    told = json.loads(path.read_text())
    table = _table("Changing an index under load", "", "p50", "p95", "p99", "count")
    units = dict.fromkeys(("answered", "searchable", "gone"), "s")
    for name, unit in {**units, "quiet": "ms", "meanwhile": "ms"}.items():
        values = [f"{told[name][share]:.2f}" for share in ("p50", "p95", "p99")]
        table.add_row(f"{name}, {unit}", *values, f"{told[name]['count']:,}")
    console.print(table)
    seen = told["seen"]
    for name, value in {
        "p99 meanwhile / quiet": told["meanwhile"]["p99"] / told["quiet"]["p99"],
        "compaction, s": told["compaction"],
        "failed requests": told["failed"],
        "refused writes": told["refused"],
        **seen,
    }.items():
        console.print(f"{name}: {value:.4g}" if isinstance(value, float) else f"{name}: {value:,}")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.MARKDOWN)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table
