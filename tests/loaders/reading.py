"""Loading files that a test writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from indexer.documents import Article
from indexer.loaders import Loaded, Problem, load


@dataclass(frozen=True)
class Read:
    """What loading gave: articles, where they stood, and problems."""

    articles: list[Article]
    wheres: list[str]
    problems: list[Problem]

    @property
    def article(self) -> Article:
        """The only article, when all went well."""
        (article,) = self.articles
        assert self.problems == []
        return article

    @property
    def problem(self) -> Problem:
        """The only problem, when there was no article."""
        (problem,) = self.problems
        assert self.articles == []
        return problem


def collect(items: Iterable[Loaded | Problem]) -> Read:
    """Articles and problems apart."""
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for item in items:
        if isinstance(item, Problem):
            problems.append(item)
        else:
            loaded.append(item)
    return Read([item.article for item in loaded], [item.where for item in loaded], problems)


def read(folder: Path, name: str, content: str | bytes, *, source: str | None = None) -> Read:
    """Write `content` to a file and load it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return collect(load([path], source=source))
