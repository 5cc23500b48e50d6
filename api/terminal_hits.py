"""What a person at a terminal sees of an answer: hits, and why they are there or are not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.schemas.search import Answer
from api.schemas.why_not import Told
from api.search.citation import date_line
from api.search.query import Explanation, Facet, FacetCount, Hit, Query
from api.search.wording import short_of, why_not_sentence
from api.terminal import counted, printable
from indexer.documents import Passage

_WIDEST = 100
_INDENT = 5
_MOST_VALUES = 10


def show_answer(console: Console, answer: Answer, threshold: float | None) -> None:
    """Print hits for reading: title, where it is from, and the passage with what answers in it.

    `threshold` is the relevance below which nothing counts as an answer, where it is known.
    """
    ranking = answer.ranking
    if verdict := unanswered(answer, threshold):
        console.print(Text(verdict, style="yellow"), soft_wrap=True)
    if "reranker" in ranking.degraded:
        console.print("Not reranked: the reranker failed or took too long.", style="yellow")
    for hit in ranking.hits:
        _show_hit(console, answer.query, hit)
    _show_facets(console, ranking.facets)
    more = " or more" if ranking.total.relation == "gte" else ""
    console.print(
        f"{len(ranking.hits)} of {ranking.total.value:,}{more} · {answer.query.mode} · "
        f"{answer.took_ms:.0f} ms · generation {ranking.generation}",
        style="dim",
    )


def unanswered(answer: Answer, threshold: float | None) -> str:
    """Why a question is not answered, by what is at hand; empty when it is."""
    ranking = answer.ranking
    match ranking.reason:
        case None:
            return "" if ranking.hits else "Nothing found."
        case "no_candidates":
            return "Nothing found: nothing in the index has anything of this question."
        case "filters_exclude_all":
            return "Nothing found: nothing in the index meets all conditions."
    if not ranking.hits:
        return (
            "Nothing in the index answers this well enough. "
            "--include-weak shows what comes nearest."
        )
    best = max(hit.relevance or 0.0 for hit in ranking.hits)
    figures = "" if threshold is None else f": the best has {short_of(best, threshold)}"
    return f"Nothing answers this well enough; these passages only come nearest{figures}."


def show_why_not(console: Console, told: Told) -> None:
    """Print what became of an article, and the figures that say so."""
    found = told.found
    sentence = printable(why_not_sentence(told.query, found))
    console.print(Text(sentence, style="bold"), soft_wrap=True)
    if found.passage is None:
        return
    console.print()
    table = _table()
    for name, value in (
        ("rank among the hits", found.rank),
        ("rank by meaning", found.dense_rank),
        ("rank by words", found.lexical_rank),
        ("score", None if found.score is None else f"{found.score:.3f}"),
        ("relevance", _percent(found.relevance) or None),
    ):
        table.add_row(name, "–" if value is None else str(value))
    console.print(Padding(table, (0, 0, 0, _INDENT), expand=False))
    console.print()
    if found.explanation:
        _show_signals(console, found.explanation)
        console.print()
    _print_below(console, _with_words(told.query, found.passage))


def _show_hit(console: Console, query: Query, hit: Hit) -> None:
    console.print(_headline(hit))
    _print_below(console, _origin(hit))
    _print_below(console, _passage(query, hit))
    if hit.collapsed:
        _print_below(console, Text(f"+ {counted(len(hit.collapsed), 'more passage')}", "dim"))
    if hit.explanation:
        _show_explanation(console, hit.explanation)
    console.print()


def _headline(hit: Hit) -> Text:
    share = _percent(hit.relevance)
    title = (printable(hit.article.title), "bold")
    return Text.assemble(
        (f"{hit.rank:>3}  ", "cyan"), title, (f"  {share}" if share else "", "green")
    )


def _percent(relevance: float | None) -> str:
    return "" if relevance is None else f"{relevance * 100:.0f} %"


def _origin(hit: Hit) -> Text:
    article = hit.article
    place = f"characters {hit.passage.start}–{hit.passage.end}"
    line = " · ".join([article.source or "unknown source", date_line(article), place])
    return Text(printable("\n".join(filter(None, [line, article.url]))), style="dim")


def _passage(query: Query, hit: Hit) -> Text:
    if not hit.highlights:
        return _with_words(query, hit.passage)
    # Every control character is replaced by one other, so that the offsets hold.
    text = Text(printable(hit.passage.text))
    for span in hit.highlights:
        text.stylize("bold", span.start - hit.passage.start, span.end - hit.passage.start)
    return text


def _with_words(query: Query, passage: Passage) -> Text:
    text = Text(printable(passage.text))
    words = sorted(set(re.findall(r"\w{3,}", query.text)), key=len, reverse=True)
    if words:
        text.highlight_regex(rf"(?i)\b(?:{'|'.join(map(re.escape, words))})", "bold green")
    return text


def _show_explanation(console: Console, explanation: Explanation) -> None:
    _show_signals(console, explanation)
    ranks = (
        ("by meaning", explanation.dense_rank),
        ("by words", explanation.lexical_rank),
        ("before reranking", explanation.reranked_from),
    )
    told = ", ".join(f"{name} {rank}" for name, rank in ranks if rank is not None)
    age = "" if explanation.recency is None else f"× {explanation.recency:.3f} for its age"
    line = " · ".join(filter(None, [f"rank {told}" if told else "", age]))
    _print_below(console, Text(line, style="dim"))


def _show_signals(console: Console, explanation: Explanation) -> None:
    table = _table()
    table.show_header = True
    table.add_column("signal")
    for heading in ("value", "weight", "part"):
        table.add_column(heading, justify="right")
    for signal in explanation.signals:
        figures = (signal.value, signal.weight, signal.part)
        table.add_row(signal.name, *(f"{figure:.3f}" for figure in figures))
    table.add_row("fused", "", "", f"{explanation.fused:.3f}")
    console.print(Padding(table, (0, 0, 0, _INDENT), expand=False))


def _show_facets(console: Console, facets: Mapping[Facet, Sequence[FacetCount]]) -> None:
    for name, counts in facets.items():
        values = [f"{printable(found.value)} {found.count:,}" for found in counts[:_MOST_VALUES]]
        rest = len(counts) - _MOST_VALUES
        more = [f"{rest} more"] if rest > 0 else []
        shown = " · ".join([*values, *more]) or "none"
        console.print(Text.assemble((f"{name}: ", "bold"), shown), soft_wrap=True)


def _table() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0), header_style="dim")


def _print_below(console: Console, text: Text) -> None:
    """Print `text` wrapped and indented under a headline."""
    for line in text.wrap(console, min(console.width, _WIDEST) - _INDENT):
        line.rstrip()
        console.print(Text.assemble(" " * _INDENT, line), soft_wrap=True)
