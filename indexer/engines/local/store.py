"""Articles and passages of a segment, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from urllib.parse import quote
from weakref import finalize

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.base import NO_FILTERS, Counts, Filters, Handles, Located, keys_of
from indexer.engines.local.conditions import condition
from indexer.engines.local.lexical import microseconds
from indexer.engines.local.rows import Row, article_of, passage_of, row_of
from indexer.engines.local.soundness import Soundness
from indexer.sentence_vectors import NO_SENTENCES, Sentences, pack, unpack


class Dated(NamedTuple):
    """An article in a list by date: microseconds since 1970 or None, its id and its number."""

    published: int | None
    id: str
    number: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with its passages and the sentences of each."""

    number: int
    article: Article
    passages: Sequence[Passage]
    sentences: Sequence[Sentences]


_SCHEMA = """
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    source TEXT, url TEXT, authors TEXT NOT NULL, published_at TEXT, updated_at TEXT, section TEXT,
    language TEXT, dateline TEXT, title_inferred INTEGER NOT NULL, metadata TEXT NOT NULL,
    published INTEGER, passages INTEGER NOT NULL
) STRICT;
CREATE TABLE article_keys (
    key TEXT NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, article INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences BLOB
) STRICT;
"""
_INDEXES = """
CREATE INDEX passages_by_id ON passages (id);
CREATE INDEX articles_by_id ON articles (id);
CREATE INDEX articles_by_date ON articles (published DESC, id);
"""
_ARTICLE = (
    "a.id, a.title, a.text, a.source, a.url, a.authors, a.published_at, a.updated_at, a.section, "
    "a.language, a.dateline, a.title_inferred, a.metadata"
)


class StoreWriter:
    """Writes the file of a draft; not durable before `close`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # A draft that a crash cuts short is thrown away whole, so no journal is needed.
        self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")

    def add(self, entry: Entry) -> None:
        """Add an article, and its passages with the numbers that follow its own."""
        article, number = entry.article, entry.number
        published = microseconds(article.published_at) if article.published_at else None
        self._connection.execute(
            f"INSERT INTO articles VALUES (?{', ?' * 15})",
            (number, *row_of(article), published, len(entry.passages)),
        )
        self._connection.executemany(
            "INSERT INTO article_keys VALUES (?, ?)",
            [(key, number) for key in sorted(set(keys_of(article)))],
        )
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    own,
                    passage.id,
                    number,
                    passage.start,
                    passage.end,
                    pack(known) if known else None,
                )
                for own, (passage, known) in enumerate(
                    zip_longest(entry.passages, entry.sentences), start=number + 1
                )
            ],
        )

    def close(self) -> None:
        """Build the indexes and leave a complete file behind."""
        self._connection.execute("COMMIT")
        self._connection.executescript(_INDEXES)
        self._connection.close()

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in."""
        self._connection.close()


class StoreReader:
    """Reads a finished file; safe to use from several threads."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._dimension = dimension
        self.soundness = Soundness(path.name)
        # A message of SQLite that quotes what it stumbled over need not be text itself.
        self._asking = self.soundness.reading(sqlite3.DatabaseError, UnicodeDecodeError)
        # What a flipped bit may make of a row.
        self._reading = self.soundness.reading(ValueError, TypeError, LookupError, OverflowError)
        self._connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        # SQLite looks at a file when it is first asked something; a foreign one is refused here.
        self._connection.execute("PRAGMA schema_version")
        self._lock = Lock()
        # A snapshot may be dropped while other threads still read it: the last one closes it.
        self._close = finalize(self, self._connection.close)

    def counts(self, filters: Filters, withdrawn: Handles) -> Counts:
        """Articles and passages that pass `filters`, but for the withdrawn articles."""
        where, values = condition(filters, withdrawn)
        [(articles, passages)] = self._rows(
            f"SELECT count(*), coalesce(sum(a.passages), 0) FROM articles a WHERE {where}", values
        )
        return Counts(articles, passages)

    def passing(self, filters: Filters) -> Handles:
        """Numbers of the articles that pass `filters`, ascending, withdrawn or not."""
        where, values = condition(filters)
        found = self._rows(f"SELECT a.number FROM articles a WHERE {where} ORDER BY 1", values)
        with self._reading:
            return np.fromiter((number for (number,) in found), np.int64, len(found))

    def locate(self, numbers: Sequence[int]) -> list[Located]:
        """The passages of these numbers with their articles, in the order asked for."""
        rows = self._rows(
            'SELECT number, article, sentences, id, start, "end" FROM passages '
            "WHERE number IN (SELECT value FROM json_each(?))",
            [json.dumps(numbers)],
        )
        found: dict[int, Located] = {}
        with self._reading:
            # Not joined: each of a book's passages would come with the book.
            articles = self.articles({own for _, own, *_ in rows})
            for number, own, packed, *span in rows:
                article = articles[own]
                passage = passage_of(article, *span)
                found[number] = Located(passage, article, self._sentences(packed))
            return [found[number] for number in numbers]

    def articles(self, numbers: Collection[int]) -> dict[int, Article]:
        """The articles of these numbers, all of which must be there."""
        rows = self._rows(
            f"SELECT a.number, {_ARTICLE} FROM articles a "
            "WHERE a.number IN (SELECT value FROM json_each(?))",
            [json.dumps(list(numbers))],
        )
        with self._reading:
            found = {number: article_of(tuple(columns)) for number, *columns in rows}
            return {number: found[number] for number in numbers}

    def passages_called(self, passage_id: str) -> list[int]:
        """Numbers of the passages of this id, of withdrawn articles too."""
        rows = self._rows("SELECT number FROM passages WHERE id = ?", [passage_id])
        return [number for (number,) in rows]

    def articles_called(self, article_id: str) -> list[tuple[int, int]]:
        """Numbers and counts of passages of the articles of this id, withdrawn ones too."""
        sql = "SELECT number, passages FROM articles WHERE id = ?"
        return [(number, passages) for number, passages in self._rows(sql, [article_id])]

    def newest(self, filters: Filters, withdrawn: Handles, limit: int) -> list[Dated]:
        """The first `limit` articles that pass, newest first, undated ones last, ties by id."""
        where, values = condition(filters, withdrawn)
        rows = self._rows(
            f"SELECT a.published, a.id, a.number FROM articles a WHERE {where} "
            "ORDER BY a.published DESC, a.id LIMIT ?",
            [*values, limit],
        )
        with self._reading:
            return [
                Dated(None if published is None else int(published), str(id_), int(number))
                for published, id_, number in rows
            ]

    def bounds(self, withdrawn: Handles) -> tuple[str, str] | None:
        """When the earliest and the latest dated article were published, or None."""
        where, values = condition(NO_FILTERS, withdrawn)
        sql = f"SELECT a.published_at FROM articles a WHERE {where} AND a.published NOTNULL"
        first = self._rows(f"{sql} ORDER BY a.published LIMIT 1", values)
        last = self._rows(f"{sql} ORDER BY a.published DESC LIMIT 1", values)
        return (first[0][0], last[0][0]) if first else None

    def ids(self) -> Iterator[tuple[int, str]]:
        """Number and id of every article, withdrawn or not."""
        return iter(self._rows("SELECT number, id FROM articles", []))

    def entries(self, numbers: Iterable[int]) -> Iterator[Entry]:
        """The articles of these numbers, each with its passages and their sentences."""
        for number in numbers:
            article = self.articles([number])[number]
            spans = self._rows(
                'SELECT sentences, id, start, "end" FROM passages '
                "WHERE number > ?1 AND number <= "
                "?1 + (SELECT passages FROM articles WHERE number = ?1) ORDER BY number",
                [number],
            )
            with self._reading:
                passages = [passage_of(article, *span) for _, *span in spans]
                sentences = [self._sentences(packed) for packed, *_ in spans]
            yield Entry(number, article, passages, sentences)

    def rows(self) -> Counts:
        """Articles and passages there are, withdrawn or not."""
        sql = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        return Counts(*self._rows(sql, [])[0])

    def check(self) -> str | None:
        """What SQLite finds wrong with the file, or None."""
        [(found,), *_] = self._rows("PRAGMA integrity_check(1)", [])
        return None if found == "ok" else str(found)

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def _sentences(self, packed: bytes | None) -> Sentences:
        return unpack(packed, self._dimension) if packed else NO_SENTENCES

    def _rows(self, sql: str, values: Sequence[object]) -> list[Row]:
        with self._asking, self._lock:
            return self._connection.execute(sql, values).fetchall()
