"""`dateline search` and `dateline why-not`: asking an index from here, without a server."""

# The commands import what they need when they run, so that --help comes at once.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.standard_output import print_json
from indexer.settings import expanded

if TYPE_CHECKING:
    from marshmallow import Schema

    from api.search.searcher import Searcher

Command = TypeVar("Command", bound=Callable[..., object])

INDEX = click.option(
    "--index",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DATELINE_INDEX",
    callback=lambda _, __, directory: expanded("DATELINE_INDEX", directory),
    default=".dateline/index",
    show_default=True,
    help="Where the index is kept (DATELINE_INDEX).",
)

_OPTIONS = (
    INDEX,
    click.option("--mode", type=click.Choice(["hybrid", "dense", "lexical"])),
    click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True),
    click.option("--source", multiple=True, help="Only this publisher; may be repeated."),
    click.option("--exclude-source", multiple=True, help="Not this publisher; may be repeated."),
    click.option("--from", help="Only articles published on or after this ISO 8601 date."),
    click.option("--to", help="Only articles published on or before this ISO 8601 date."),
    click.option("--section", multiple=True, help="Only this section; may be repeated."),
    click.option("--language", multiple=True, help="Only this language; may be repeated."),
    click.option("--author", multiple=True, help="Only this author; may be repeated."),
    click.option("--collapse", type=click.Choice(["none", "article"]), help="One hit an article."),
    click.option("--sort", type=click.Choice(["relevance", "newest", "oldest"])),
    click.option("--min-relevance", metavar="SHARE", help="Only hits of 0 to 1 or more."),
    click.option("--include-weak", is_flag=True, help="Show also what is not relevant enough."),
    click.option("--recency-half-life", metavar="AGE", help="Prefer new articles: 12h, 7d, 2w."),
    click.option("--json", "as_json", is_flag=True, help="Print what HTTP would answer."),
)


def _asking(command: Command) -> Command:
    """Give a command the options of a search."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("query")
@_asking
@click.option("--article-id", multiple=True, help="Only this article; may be repeated.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@click.option(
    "--facet",
    "facets",
    multiple=True,
    type=click.Choice(["source", "section", "language", "month", "author"]),
    help="Count the hits by this; may be repeated.",
)
@click.option("--explain", is_flag=True, help="Show how each hit came by its score.")
def search(directory: Path, as_json: bool, **parameters: Any) -> None:
    """Search an index from here, without a server.

    In QUERY, "words in quotes" must be there, -word must not; source:NAME, after:DATE and
    before:DATE choose articles. If it begins with a -, put -- before it.
    """
    from rich.console import Console

    from api.schemas.query import SearchBody
    from api.schemas.search import Answer, SearchResponse
    from api.search.query import Query
    from api.terminal_hits import show_answer

    query: Query = _read(SearchBody(), parameters)
    searcher = _opened(directory)
    started = perf_counter()
    ranking = searcher.search(query)
    answer = Answer(query, ranking, round((perf_counter() - started) * 1000, 2))
    if as_json:
        print_json(SearchResponse().dump(answer))
        return
    calibration = searcher.method.weights.calibrations[query.mode]
    bound = calibration.threshold if query.min_relevance is None else query.min_relevance
    show_answer(Console(), answer, bound)


@click.command("why-not")
@click.argument("article_id")
@click.argument("query")
@_asking
def why_not(directory: Path, as_json: bool, **parameters: Any) -> None:
    """See why an article is not among the hits of QUERY, and what it would have needed."""
    from rich.console import Console

    from api.schemas.query import WhyNotBody
    from api.schemas.why_not import Told, WhyNotSchema
    from api.terminal_hits import show_why_not

    query, article_id = _read(WhyNotBody(), parameters)
    told = Told(query, _opened(directory).why_not(query, article_id))
    if as_json:
        print_json(WhyNotSchema().dump(told))
    else:
        show_why_not(Console(), told)


def _read(schema: Schema, parameters: Mapping[str, Any]) -> Any:
    """Parameters as a body would have them; raises UsageError naming each wrong one."""
    from marshmallow import ValidationError

    from api.arguments import leaves

    given = {name: value for name, value in parameters.items() if value not in (None, (), False)}
    try:
        return schema.load({**given, "query": parameters["query"]})
    except ValidationError as error:
        told = [
            f"{name}: {detail}"
            for name, messages in error.messages_dict.items()
            for _, detail in leaves(messages)
        ]
        raise click.UsageError(" ".join(told)) from error


def _opened(directory: Path) -> Searcher:
    """A searcher with index and model open, so that they do not count as searching."""
    from api.app import open_searcher
    from api.settings import ApiSettings

    searcher = open_searcher(replace(ApiSettings.from_environment(), index=directory))
    searcher.snapshot()
    return searcher
