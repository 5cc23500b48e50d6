"""Reading the articles of one run, with an account of what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.documents import Article
from indexer.loaders import InputFile, Loaded, Problem, Severity, find_files, load_file


@dataclass(frozen=True, slots=True)
class Intake:
    """What to index: the articles under `paths`, and who published those that name no source.

    `complete` says that these are all there should be: what else the index holds is withdrawn.
    """

    paths: tuple[str | Path, ...]
    source: str | None = None
    complete: bool = False


class Reading:
    """Reads articles one by one, the first of those that share an id."""

    def __init__(self, intake: Intake) -> None:
        found = find_files(intake.paths)
        self._files = found.files
        self._source = intake.source
        self._read = 0.0
        self.skipped = found.skipped
        self.problems = list(found.problems)
        self.lossless = not found.problems
        """Whether nothing that may have been an article went unread."""
        self.seen: dict[str, str] = {}
        """The id of every article read, and where it was."""

    @property
    def done(self) -> float:
        """The share of the input that is read, files counting alike."""
        return self._read / max(1, len(self._files))

    def articles(self) -> Iterator[Article]:
        """Every article, in the order of the files."""
        for number, file in enumerate(self._files):
            for item in self._items(file):
                self._read = number + item.share
                yield item.article
            self._read = number + 1

    def _items(self, file: InputFile) -> Iterator[Loaded]:
        for item in load_file(file, source=self._source):
            if isinstance(item, Loaded):
                if self._is_first(item):
                    yield item
            else:
                self.problems.append(item)
                self.lossless &= item.severity is not Severity.ERROR

    def _is_first(self, item: Loaded) -> bool:
        # Not by comparing places: names of files that are no text may be told alike.
        first = self.seen.get(item.article.id)
        if first is None:
            self.seen[item.article.id] = item.where
            return True
        reason = f"left out: it has the id {item.article.id!r}, as has {first}"
        self.problems.append(Problem(item.where, reason))
        return False
