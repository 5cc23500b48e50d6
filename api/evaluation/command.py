"""The command `dateline evaluate`."""

# It imports what it needs when it runs, so that --help comes at once.

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click
from rich.console import Console

from api.standard_output import print_json
from indexer.errors import DatelineError, MissingExtra

if TYPE_CHECKING:
    from api.search.collection import Collection
    from api.search.evaluation import Evaluation

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("directories", metavar="[DIR]...", nargs=-1, type=_DIRECTORY)
@click.option("--chunking", type=_DIRECTORY, help="Run the chunking benchmark in this directory.")
@click.option(
    "--losses",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="How many of the queries to list that the chain loses most on.",
)
@click.option(
    "--fusion",
    "fusions",
    multiple=True,
    type=click.Choice(["convex", "rrf"]),
    help="Compare the chain with this way of fusing, too; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures for programs.")
@click.option(
    "--run",
    type=click.File("w", encoding="utf-8"),
    help="Write the chain's rankings here, as TREC runs are.",
)
@click.option("--plot", type=click.File("wb"), help="Draw a bar chart here, as PNG.")
def evaluate(
    directories: tuple[Path, ...],
    chunking: Path | None,
    losses: int,
    fusions: tuple[str, ...],
    as_json: bool,
    run: TextIO | None,
    plot: BinaryIO | None,
) -> None:
    """Measure ranking on the collections in DIR…: each arm alone, and the chain as it is served.

    A DIR holds corpus.jsonl (or articles/), queries.jsonl and qrels.tsv, as in BEIR. Settings come
    from the environment, as for `dateline index`.
    """
    if not directories and (chunking is None or run or plot):
        raise click.UsageError("Name a collection: only --chunking, on its own, does without.")
    require("ir_measures", "scipy", *(["matplotlib"] if plot else []))
    from api.evaluation import report
    from api.evaluation.chunking import evaluate_chunking
    from api.evaluation.running import open_evaluator
    from api.search.collection import read_collection

    collections = [read_collection(directory) for directory in directories]
    if run:
        _require_distinct_queries(collections)
    with open_evaluator(Console(stderr=True), fusions) as evaluator:
        evaluations = [evaluator.evaluate(collection) for collection in collections]
        chunked = evaluate_chunking(chunking, evaluator) if chunking else None
    if as_json:
        figures = report.as_json(evaluations, chunked, losses)
        print_json(figures)
    else:
        report.show(Console(highlight=False), evaluations, chunked, losses)
    if run:
        _write_run(run, evaluations)
    if plot:
        from api.evaluation.plot import draw

        draw(evaluations, plot)


def require(*packages: str) -> None:
    """Raise MissingExtra, with what to install, unless all these packages are there."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise MissingExtra(
            f"Evaluating needs more packages ({', '.join(missing)}): "
            "pip install 'dateline[evaluate]'"
        )


def _require_distinct_queries(collections: Sequence[Collection]) -> None:
    """A TREC run names no collection, so no two of them may share the id of a query."""
    seen: dict[str, str] = {}
    for collection in collections:
        for query_id in collection.queries:
            first = seen.setdefault(query_id, collection.name)
            if first != collection.name:
                raise DatelineError(
                    f"{first} and {collection.name} both have a query {query_id!r}, which one run "
                    "cannot tell apart: write the run of one collection at a time."
                )


def _write_run(file: TextIO, evaluations: Sequence[Evaluation]) -> None:
    from api.search.evaluation import CHAIN, trec_lines

    for evaluation in evaluations:
        file.writelines(trec_lines(evaluation.rankings[CHAIN]))
