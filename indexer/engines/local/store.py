"""Articles and passages of a generation, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote
from weakref import finalize

import numpy as np

from indexer.documents import Article, Passage
from indexer.engines.base import Counts, Filters, Located, keys_of
from indexer.engines.local.lexical import microseconds
from indexer.engines.manifest import timestamp
from indexer.errors import IndexDamaged
from indexer.sentence_vectors import NO_SENTENCES, Sentences, pack, unpack

Row = tuple[Any, ...]

_SCHEMA = """
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL,
    source TEXT, url TEXT, authors TEXT NOT NULL, published_at TEXT, updated_at TEXT, section TEXT,
    language TEXT, dateline TEXT, title_inferred INTEGER NOT NULL, metadata TEXT NOT NULL,
    published INTEGER, first_passage INTEGER NOT NULL, passages INTEGER NOT NULL
) STRICT;
CREATE TABLE article_keys (
    key TEXT NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences BLOB
) STRICT;
"""
_INDEXES = """
CREATE INDEX passages_by_article ON passages (article);
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

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        sentences: Sequence[Sentences],
        first_row: int,
    ) -> None:
        """Add `article` and its passages, which have the rows from `first_row` on."""
        published = microseconds(article.published_at) if article.published_at else None
        row = self._connection.execute(
            f"INSERT INTO articles VALUES (NULL{', ?' * 16})",
            (*_columns(article), published, first_row, len(passages)),
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO article_keys VALUES (?, ?)",
            [(key, row) for key in sorted(set(keys_of(article)))],
        )
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            [
                (number, passage.id, row, passage.start, passage.end, pack(own) if own else None)
                for number, (passage, own) in enumerate(
                    zip_longest(passages, sentences), start=first_row
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
        self._connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        # SQLite looks at a file when it is first asked something; a foreign one is refused here.
        self._connection.execute("PRAGMA schema_version")
        self._lock = Lock()
        # A snapshot may be dropped while other threads still read it: the last one closes it.
        self._close = finalize(self, self._connection.close)

    def counts(self, filters: Filters) -> Counts:
        """Articles and passages that pass `filters`."""
        where, values = _where(filters)
        [(articles, passages)] = self._rows(
            f"SELECT count(*), coalesce(sum(a.passages), 0) FROM articles a WHERE {where}", values
        )
        return Counts(articles, passages)

    def passage_rows(self, filters: Filters) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Rows of the passages that pass `filters`, int64[n]."""
        where, values = _where(filters)
        spans = self._rows(f"SELECT first_passage, passages FROM articles a WHERE {where}", values)
        if not spans:
            return np.empty(0, np.int64)
        return np.concatenate([np.arange(first, first + count) for first, count in spans])

    def locate(self, rows: Sequence[int]) -> list[Located]:
        """The passages of these rows with their articles, in the order asked for."""
        passages = {
            row: columns
            for row, *columns in self._rows(
                'SELECT row, article, sentences, id, start, "end" FROM passages '
                "WHERE row IN (SELECT value FROM json_each(?))",
                [json.dumps(rows)],
            )
        }
        # Each article once, whatever number of its passages is asked for.
        articles = self._articles({columns[0] for columns in passages.values()})
        return [self._located(articles[passages[row][0]], passages[row]) for row in rows]

    def _articles(self, rows: Collection[int]) -> dict[int, Article]:
        return {
            row: _article(tuple(columns))
            for row, *columns in self._rows(
                f"SELECT a.row, {_ARTICLE} FROM articles a "
                "WHERE a.row IN (SELECT value FROM json_each(?))",
                [json.dumps(list(rows))],
            )
        }

    def row(self, passage_id: str) -> int | None:
        """The row of the passage of this id, or None."""
        rows = self._rows("SELECT row FROM passages WHERE id = ?", [passage_id])
        return int(rows[0][0]) if rows else None

    def rows_of(self, article_id: str) -> range:
        """The rows of an article's passages, in reading order."""
        rows = self._rows("SELECT first_passage, passages FROM articles WHERE id = ?", [article_id])
        return range(rows[0][0], rows[0][0] + rows[0][1]) if rows else range(0)

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM articles a WHERE a.id = ?", [article_id])
        return _article(rows[0]) if rows else None

    def articles(self, filters: Filters, offset: int, limit: int) -> list[Article]:
        """Articles that pass `filters`, newest first, undated ones last, ties by id."""
        where, values = _where(filters)
        rows = self._rows(
            f"SELECT {_ARTICLE} FROM articles a WHERE {where} "
            "ORDER BY a.published DESC, a.id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [_article(row) for row in rows]

    def ids(self) -> Iterator[str]:
        """The id of every article."""
        return (id_ for (id_,) in self._rows("SELECT id FROM articles", []))

    def entries(self) -> Iterator[tuple[Article, list[Passage], list[Sentences], int]]:
        """Every article with its passages, their sentences, and the row of the first of them."""
        last = -1
        while rows := self._rows(
            f"SELECT a.row, a.first_passage, {_ARTICLE} FROM articles a "
            "WHERE a.row > ? ORDER BY a.row LIMIT 1",
            [last],
        ):
            last, first, *columns = rows[0]
            article = _article(tuple(columns))
            spans = self._rows(
                'SELECT sentences, id, start, "end" FROM passages WHERE article = ? ORDER BY row',
                [last],
            )
            passages = [_passage(article, *span) for _, *span in spans]
            yield article, passages, [self._sentences(packed) for packed, *_ in spans], first

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def _located(self, article: Article, columns: Sequence[Any]) -> Located:
        _, packed, *span = columns
        return Located(_passage(article, *span), article, self._sentences(packed))

    def _sentences(self, packed: bytes | None) -> Sentences:
        return unpack(packed, self._dimension) if packed else NO_SENTENCES

    def _rows(self, sql: str, values: Sequence[object]) -> list[Row]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(
                f"articles.sqlite cannot be read ({error}): index everything into a new directory."
            ) from error


def _where(filters: Filters) -> tuple[str, list[object]]:
    """The SQL condition on `articles a` that means `filters`, with its values."""
    conditions, values = ["TRUE"], list[object]()
    for wanted in filters.required():
        conditions.append(_carrying(wanted))
        values += sorted(wanted)
    if unwanted := filters.excluded():
        conditions.append(f"NOT {_carrying(unwanted)}")
        values += sorted(unwanted)
    if filters.published_from:
        conditions.append("a.published >= ?")
        values.append(microseconds(filters.published_from))
    if filters.published_to:
        conditions.append("a.published <= ?")
        values.append(microseconds(filters.published_to))
    return " AND ".join(conditions), values


def _carrying(keys: frozenset[str]) -> str:
    return f"(a.row IN (SELECT article FROM article_keys WHERE key IN {_marks(keys)}))"


def _marks(values: Sequence[object] | frozenset[str]) -> str:
    return f"({', '.join('?' * len(values))})"


def _columns(article: Article) -> Row:
    return (
        article.id,
        article.title,
        article.text,
        article.source,
        article.url,
        json.dumps(article.authors, ensure_ascii=False),
        timestamp(article.published_at),
        timestamp(article.updated_at),
        article.section,
        article.language,
        article.dateline,
        article.title_inferred,
        json.dumps(dict(article.metadata), ensure_ascii=False),
    )


def _article(row: Row) -> Article:
    (id_, title, text, source, url, authors, published, updated, *rest) = row
    section, language, dateline, title_inferred, metadata = rest
    return Article(
        id=id_,
        title=title,
        text=text,
        source=source,
        url=url,
        authors=tuple(json.loads(authors)),
        published_at=datetime.fromisoformat(published) if published else None,
        updated_at=datetime.fromisoformat(updated) if updated else None,
        section=section,
        language=language,
        dateline=dateline,
        title_inferred=bool(title_inferred),
        metadata=json.loads(metadata),
    )


def _passage(article: Article, passage_id: str, start: int, end: int) -> Passage:
    return Passage(passage_id, article.id, article.text[start:end], start, end)
