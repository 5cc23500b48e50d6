"""Collections to evaluate on: articles, queries, and judgements of what answers them.

The layout is that of BEIR (N. Thakur et al., NeurIPS 2021): `corpus.jsonl`, `queries.jsonl` and
`qrels.tsv` in one directory. `articles/`, with files of any kind Dateline loads, may take the
place of the corpus, and `qrels/test.tsv` that of the judgements.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.documents import Json
from indexer.errors import DatelineError

Judgements = dict[str, dict[str, int]]
"""Query id, article id, grade: 0 is irrelevant, and the higher the better."""

_CORPORA = ("corpus.jsonl", "corpus.jsonl.gz", "articles")
_JUDGEMENTS = ("qrels.tsv", "qrels/test.tsv")


@dataclass(frozen=True, slots=True)
class Collection:
    """Where the articles are, the queries by id, and the judgements; every query has an answer."""

    name: str
    articles: Path
    queries: dict[str, str]
    judgements: Judgements


def read_collection(directory: Path) -> Collection:
    """The collection in `directory`, without the queries that nothing answers.

    Raises DatelineError naming the file, and the line, that is missing or cannot be read.
    """
    articles = _first(directory, _CORPORA)
    queries = _read_queries(directory / "queries.jsonl")
    path = _first(directory, _JUDGEMENTS)
    judgements = {
        query_id: grades
        for query_id, grades in _read_judgements(path).items()
        if any(grade > 0 for grade in grades.values())
    }
    unknown = sorted(judgements.keys() - queries.keys())
    if unknown:
        raise DatelineError(f"{path} judges the query {unknown[0]!r}, which queries.jsonl lacks.")
    if not judgements:
        raise DatelineError(f"{path} names no relevant article: there is nothing to evaluate.")
    asked = {query_id: queries[query_id] for query_id in judgements}
    return Collection(directory.resolve().name, articles, asked, judgements)


def read_records(path: Path) -> Iterator[tuple[str, dict[str, Json]]]:
    """Each line of a JSON lines file as an object, with its place for messages.

    Raises DatelineError naming the line that is none.
    """
    for where, line in _lines(path):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DatelineError(f"{where}: it is not JSON ({error}).") from None
        if not isinstance(record, dict):
            raise DatelineError(f"{where}: it is not a JSON object.")
        yield where, record


def _first(directory: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (directory / name).exists():
            return directory / name
    raise DatelineError(f"{directory} has none of {', '.join(names)}: it is no collection.")


def _read_queries(path: Path) -> dict[str, str]:
    queries: dict[str, str] = {}
    for where, record in read_records(path):
        match record:
            case {"_id": str() | int() as query_id, "text": str(text)} if text.strip():
                queries[str(query_id)] = text
            case _:
                raise DatelineError(f'{where}: a query is {{"_id": "…", "text": "…"}}.')
    return queries


def _read_judgements(path: Path) -> Judgements:
    judgements: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, (where, line) in enumerate(_lines(path)):
        match line.split("\t"):
            case [query_id, article_id, grade] if _is_whole(grade):
                judgements[query_id][article_id] = int(grade)
            case [_, _, _] if number == 0:
                pass  # The header.
            case _:
                raise DatelineError(
                    f"{where}: a judgement is a query id, an article id and a whole number, "
                    "with tabs between them."
                )
    return dict(judgements)


def _is_whole(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a UTF-8 file that are not blank, each with its place."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise DatelineError(f"{path} is missing.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DatelineError(f"{path} cannot be read: {error}.") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}, line {number}", line.removesuffix("\r")
