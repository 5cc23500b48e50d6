"""BM25 over passages, title and text as one field: one tantivy index a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from indexer.engines.base import NO_CANDIDATES, Candidates, Filters, Handles, Scope, Word, keys_of
from indexer.engines.local.analysis import phrase_terms, primary_language, query_terms

Tokens = Sequence[tuple[str, int]]
"""Terms with their positions."""

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

    def add(self, article: Article, title: Tokens, texts: Sequence[Tokens], first_row: int) -> None:
        """Add passages of `article`, given as tokens, which have the rows from `first_row` on."""
        keys = [*keys_of(article), _analysed_as(primary_language(article.language))]
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

    def search(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        """Rows and BM25 scores (k1 = 1.2, b = 0.75) of the `depth` best passages, best first."""
        found = self._any_of(lambda language: self._words(words, language))
        if found is None:
            return NO_CANDIDATES
        return self._found([(Occur.Must, found), *self._scope(scope)], depth)

    def having(self, phrase: str) -> Handles | None:
        """Rows of all passages with `phrase`; None if there is no word in it."""
        found = self._phrase(phrase)
        return self._found([(Occur.Must, found)], self.size).handles if found else None

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
        """How rare each term is: ln(1 + (N − n + ½) / (n + ½)), n of N passages having it."""
        total = self.size
        frequencies = {term: self._searcher.doc_freq("text", term) for term in terms}
        return {
            term: float(np.log1p((total - n + 0.5) / (n + 0.5))) for term, n in frequencies.items()
        }

    def _found(self, clauses: list[tuple[Occur, Query]], depth: int) -> Candidates:
        if not (self.size and depth):
            return NO_CANDIDATES
        found = self._searcher.search(Query.boolean_query(clauses), depth, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return ranked(np.array(rows, np.int64), np.array([score for score, _ in found], np.float32))

    def _term(self, term: str) -> Query:
        return Query.term_query(self._schema, "text", term)

    def _scope(self, scope: Scope) -> Iterable[tuple[Occur, Query]]:
        yield from self._conditions(scope.filters)
        for phrase in scope.phrases:
            if found := self._phrase(phrase):
                yield Occur.Must, _unscored(found)
        for phrase in scope.excluded:
            if found := self._phrase(phrase):
                yield Occur.MustNot, found

    def _phrase(self, phrase: str) -> Query | None:
        return self._any_of(lambda language: self._row_of(phrase_terms(phrase, language)))

    def _row_of(self, terms: list[str]) -> Query | None:
        if len(terms) > 1:
            words = list[str | tuple[int, str]](terms)
            return Query.phrase_query(self._schema, "text", words)
        return self._term(terms[0]) if terms else None

    def _words(self, words: Sequence[Word], language: str) -> Query | None:
        terms = query_terms(words, language).items()
        queries = [Query.boost_query(self._term(term), weight) for term, weight in terms]
        return _any(queries) if queries else None

    def _any_of(self, reading: Callable[[str], Query | None]) -> Query | None:
        """What is looked for as each language reads it, in the articles analysed in it.

        A stem of one language is a word of another: "planes" would find plans. None if no
        language sees a word.
        """
        queries = {language: reading(language) for language in self._languages}
        if len(queries) == 1:
            return next(iter(queries.values()))
        own = [
            Query.boolean_query([(Occur.Must, query), (Occur.Must, self._analysed(language))])
            for language, query in queries.items()
            if query
        ]
        return _any(own) if own else None

    def _analysed(self, language: str) -> Query:
        return _unscored(Query.term_query(self._schema, "keys", _analysed_as(language)))

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


def _tokens(title: Tokens, text: Tokens) -> PreTokenizedString:
    behind = len(title) + _GAP
    words = [Token(word, position, 0) for word, position in title]
    words += [Token(word, behind + position, 0) for word, position in text]
    return PreTokenizedString("", words)


def _analysed_as(language: str) -> str:
    return f"analysed={language}"


def _any(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
