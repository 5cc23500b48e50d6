"""BM25 over passages: one tantivy index a generation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tantivy import (
    Document,
    FieldType,
    Index,
    Occur,
    PreTokenizedString,
    Query,
    Schema,
    SchemaBuilder,
    Token,
)

from indexer.documents import Article, Passage
from indexer.engines.base import Filters, keys_of
from indexer.engines.local.analysis import primary_language, query_terms, terms

TITLE_BOOST = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITER_BYTES = 64_000_000


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, exact for any date; `moment` must carry an offset."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class LexicalWriter:
    """Builds the index in an empty directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        # One thread: passages arrive slower than it analyses them, and one segment reads fastest.
        self._writer = Index(_schema(), path=str(directory)).writer(_WRITER_BYTES, num_threads=1)

    def add(self, article: Article, passages: Sequence[Passage], first_row: int) -> None:
        """Add the passages of `article`, which have the rows from `first_row` on."""
        language = primary_language(article.language)
        title = _tokens(terms(article.headline, language))
        keys = list(keys_of(article))
        for row, passage in enumerate(passages, start=first_row):
            document = Document()
            document.add_unsigned("row", row)
            document.add_pre_tokenized_text("title", title)
            document.add_pre_tokenized_text("text", _tokens(terms(passage.text, language)))
            for key in keys:
                document.add_text("keys", key)
            if article.published_at:
                document.add_integer("published", microseconds(article.published_at))
            self._writer.add_document(document)

    def close(self) -> None:
        """Commit what was added and wait until it is on disk."""
        self._writer.commit()
        self._writer.wait_merging_threads()


class LexicalReader:
    """Searches a finished index; safe to use from several threads."""

    def __init__(self, directory: Path, languages: Sequence[str]) -> None:
        index = Index.open(str(directory))
        index.config_reader("manual")
        self._schema = index.schema
        self._searcher = index.searcher()
        self._languages = languages

    @property
    def size(self) -> int:
        """How many passages the index holds."""
        return self._searcher.num_docs

    def search(self, text: str, depth: int, filters: Filters) -> list[tuple[int, float]]:
        """Rows and BM25 scores (k1 = 1.2, b = 0.75) of the `depth` best passages, best first."""
        words = [
            (Occur.Should, scored)
            for term in query_terms(text, self._languages)
            for scored in self._scored(term)
        ]
        if not words or not self.size:
            return []
        clauses = [(Occur.Must, Query.boolean_query(words)), *self._conditions(filters)]
        found = self._searcher.search(Query.boolean_query(clauses), depth, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return [(int(row or 0), score) for row, (score, _) in zip(rows, found, strict=True)]

    def _scored(self, term: str) -> list[Query]:
        title = Query.term_query(self._schema, "title", term)
        return [
            Query.term_query(self._schema, "text", term),
            Query.boost_query(title, TITLE_BOOST),
        ]

    def _conditions(self, filters: Filters) -> Iterable[tuple[Occur, Query]]:
        for wanted in filters.required():
            yield Occur.Must, _unscored(Query.term_set_query(self._schema, "keys", sorted(wanted)))
        if unwanted := filters.excluded():
            yield Occur.MustNot, Query.term_set_query(self._schema, "keys", sorted(unwanted))
        if filters.published_from or filters.published_to:
            yield Occur.Must, _unscored(self._published(filters))

    def _published(self, filters: Filters) -> Query:
        earliest = filters.published_from and microseconds(filters.published_from)
        latest = filters.published_to and microseconds(filters.published_to)
        return Query.range_query(self._schema, "published", FieldType.Integer, earliest, latest)


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field("keys", tokenizer_name="raw", index_option="basic")
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="position")
    return builder.build()


def _tokens(words: list[str]) -> PreTokenizedString:
    return PreTokenizedString("", [Token(word, i, 0) for i, word in enumerate(words)])


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
