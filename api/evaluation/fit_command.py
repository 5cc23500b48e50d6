"""The command `dateline fit`."""

# It imports what it needs when it runs, so that --help comes at once.

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TextIO

import click
from rich.console import Console

from api.evaluation.command import require
from api.standard_output import print_json


@click.command()
@click.argument(
    "directories",
    metavar="DIR...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "--out",
    type=click.File("w", encoding="utf-8"),
    required=True,
    help="Write the weights here, for DATELINE_WEIGHTS to name.",
)
@click.option("--version", help="What to call the weights.  [default: the date]")
@click.option(
    "--size",
    type=click.FloatRange(0),
    default=0.55,
    show_default=True,
    help="What each e-fold of passages takes from the log odds of relevance.",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures for programs.")
@click.option("--plot", type=click.File("wb"), help="Draw a reliability diagram here, as PNG.")
def fit(
    directories: tuple[Path, ...],
    out: TextIO,
    version: str | None,
    size: float,
    as_json: bool,
    plot: BinaryIO | None,
) -> None:
    """Fit the weights of ranking, and its relevance, to the collections in DIR…, and judge both.

    A DIR holds corpus.jsonl (or articles/), queries.jsonl and qrels.tsv, as in BEIR. The queries
    of each are put to the others' articles too, where nothing answers them; but not to those of
    its family, which are the folders named alike up to the last hyphen. The model, and the weights
    to begin with, are those of the environment, as for `dateline index` and `dateline serve`.
    """
    require("ir_measures", "scipy", *(["matplotlib"] if plot else []))
    from api.evaluation import fit_report
    from api.evaluation.fitting import check_families, fit_weights
    from api.evaluation.running import open_evaluator
    from api.search.collection import read_collection

    collections = [read_collection(directory) for directory in directories]
    check_families(collections)
    with open_evaluator(Console(stderr=True)) as evaluator:
        found = fit_weights(
            collections, evaluator, size, version or datetime.now(UTC).date().isoformat()
        )
    if as_json:
        print_json(fit_report.as_json(found))
    else:
        fit_report.show(Console(highlight=False), found)
    out.write(found.weights.to_json())
    if plot:
        from api.evaluation.reliability import draw

        draw(found.answerability["hybrid"], plot)
