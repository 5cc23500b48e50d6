"""Tables and pictures of what was measured: `python -m bench.report [WORK] [--pictures DIR]`.

WORK is where the benchmarks left their files. Tables are Markdown, for docs/performance.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from bench.plots import plot_live, plot_peers, plot_scale
from bench.tables import Figures, show_live, show_peers, show_scale


def read_sizes(work: Path) -> dict[int, Figures]:
    """The figures of each size, smallest first."""
    found = {int(path.stem.split("-")[1]): path for path in work.glob("scale-*.json")}
    return {size: json.loads(found[size].read_text()) for size in sorted(found)}


@click.command(help=__doc__)
@click.argument("work", default=".dateline/bench", type=click.Path(exists=True, path_type=Path))
@click.option("--pictures", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(work: Path, pictures: Path | None) -> None:
    console = Console(width=250)
    sizes, peers, live = read_sizes(work), work / "peers.json", work / "live.json"
    if sizes:
        show_scale(console, sizes)
    if peers.exists():
        show_peers(console, peers)
    if live.exists():
        show_live(console, live)
    if pictures and sizes:
        plot_scale(sizes, pictures / "scale.png")
    if pictures and peers.exists():
        plot_peers(json.loads(peers.read_text()), pictures / "peers.png")
    if pictures and live.exists():
        plot_live(json.loads(live.read_text()), pictures / "live.png")


if __name__ == "__main__":
    main()
