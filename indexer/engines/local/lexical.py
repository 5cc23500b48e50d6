"""BM25 over passages, title and text as one field: one tantivy index a generation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
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

from indexer.documents import Article
from indexer.engines.base import Candidates, Filters, Handles, Scope, keys_of
from indexer.engines.local.analysis import phrase_terms

# Tantivy's constants, which it does not let anyone change.
K1 = 1.2
# Between title and text, so that no phrase reaches from one into the other.
_GAP = 1_000
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

    def add(
        self, article: Article, title: list[str], texts: Sequence[list[str]], first_row: int
    ) -> None:
        """Add passages of `article`, given as terms, which have the rows from `first_row` on."""
        keys = list(keys_of(article))
        for row, text in enumerate(texts, start=first_row):
            document = Document()
            document.add_unsigned("row", row)
            document.add_pre_tokenized_text("text", _tokens(title, text))
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

    def search(self, terms: Mapping[str, float], depth: int, scope: Scope) -> Candidates:
        """Rows and BM25 scores (k1 = 1.2, b = 0.75) of the `depth` best passages, best first."""
        words = [
            (Occur.Should, Query.boost_query(self._term(term), weight))
            for term, weight in terms.items()
        ]
        if not words:
            return NOTHING
        return self._found([(Occur.Must, Query.boolean_query(words)), *self._scope(scope)], depth)

    def rows(self, scope: Scope) -> Handles:
        """Rows of all passages in `scope`, in no order that means anything."""
        everywhere = (Occur.Must, _unscored(Query.all_query()))
        return self._found([everywhere, *self._scope(scope)], self.size).handles

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
        """How rare each term is: ln(1 + (N − n + ½) / (n + ½)), n of N passages having it."""
        total = self.size
        frequencies = {term: self._searcher.doc_freq("text", term) for term in terms}
        return {
            term: float(np.log1p((total - n + 0.5) / (n + 0.5))) for term, n in frequencies.items()
        }

    def _found(self, clauses: list[tuple[Occur, Query]], depth: int) -> Candidates:
        if not self.size:
            return NOTHING
        found = self._searcher.search(Query.boolean_query(clauses), depth, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return ranked(np.array(rows, np.int64), np.array([score for score, _ in found], np.float32))

    def _term(self, term: str) -> Query:
        return Query.term_query(self._schema, "text", term)

    def _scope(self, scope: Scope) -> Iterable[tuple[Occur, Query]]:
        yield from self._conditions(scope.filters)
        for phrase in scope.phrases:
            yield Occur.Must, _unscored(self._phrase(phrase))
        for phrase in scope.excluded:
            yield Occur.MustNot, self._phrase(phrase)

    def _phrase(self, phrase: str) -> Query:
        """The phrase as any of the languages of the index has it."""
        readings = {tuple(phrase_terms(phrase, language)) for language in self._languages}
        queries = [
            Query.phrase_query(self._schema, "text", list(terms))
            if len(terms) > 1
            else self._term(terms[0])
            for terms in sorted(readings)
            if terms
        ]
        return Query.boolean_query([(Occur.Should, query) for query in queries])

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


NOTHING = Candidates(np.empty(0, np.int64), np.empty(0, np.float32))


def ranked(rows: Handles, scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Candidates:
    """Candidates best first, equal scores in order of their rows."""
    order = np.lexsort((rows, -scores))
    return Candidates(rows[order], scores[order])


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field("keys", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="raw", index_option="position")
    return builder.build()


def _tokens(title: list[str], text: list[str]) -> PreTokenizedString:
    behind = len(title) + _GAP
    words = [Token(word, i, 0) for i, word in enumerate(title)]
    return PreTokenizedString(
        "", words + [Token(word, behind + i, 0) for i, word in enumerate(text)]
    )


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
