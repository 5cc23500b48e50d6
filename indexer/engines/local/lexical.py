"""BM25 over passages, title and text as one field: one tantivy index a generation.

The files of a tantivy index never change. The index of the next generation begins as hard links to
those of the one before, and what is added or withdrawn comes as files of its own. So statistics are
always those of the whole, withdrawn passages included until tantivy merges them away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
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
from indexer.engines.base import (
    NO_CANDIDATES,
    Candidates,
    Filters,
    Handles,
    Scope,
    Scores,
    Word,
    key_of_id,
    keys_of,
)
from indexer.engines.local.analysis import Analysed, Tokens, phrase_terms
from indexer.engines.local.frequencies import Frequencies, Weighted, spelt
from indexer.engines.local.lexical_files import let_others_read, readable
from indexer.engines.local.panics import panics_raised
from indexer.engines.local.soundness import Soundness

# Tantivy's constants, which it does not let anyone change.
K1 = 1.2
# Between title and text, so that no phrase reaches from one into the other.
_GAP = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The more fits, the fewer segments a large index has, each of which is searched for its own best:
# a million passages take two, and .4 ms less a query than the eight that 64 MB make of them.
_WRITER_BYTES = 256_000_000
_WEIGHTED_KEPT = 128


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, exact for any date; `moment` must carry an offset."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class LexicalWriter:
    """Adds to and takes from an index in a directory, which it creates unless it is there."""

    @panics_raised()
    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self._directory = directory
        # One thread: passages arrive slower than it analyses them, and one segment reads fastest.
        self._writer = Index(_schema(), path=str(directory)).writer(_WRITER_BYTES, num_threads=1)

    @panics_raised()
    def add(self, article: Article, analysed: Analysed, number: int) -> None:
        """Add the passages of article `number`."""
        keys = list(keys_of(article))
        for own, text in enumerate(analysed.texts, start=number + 1):
            document = Document()
            document.add_unsigned("number", own)
            document.add_pre_tokenized_text(
                "text", _tokens(analysed.language, analysed.title, text)
            )
            for key in keys:
                document.add_text("keys", key)
            if article.published_at:
                document.add_integer("published", microseconds(article.published_at))
            self._writer.add_document(document)

    @panics_raised()
    def remove(self, article_id: str) -> None:
        """Take out all passages of this article that were added so far."""
        self._writer.delete_documents_by_term("keys", key_of_id(article_id))

    @panics_raised()
    def close(self) -> None:
        """Commit what was added and wait until it is on disk."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        let_others_read(self._directory)


class LexicalReader:
    """Searches a finished index; safe to use from several threads."""

    def __init__(self, directory: Path, languages: Sequence[str]) -> None:
        self.soundness = Soundness("The lexical index")
        # What tantivy makes of files that are not what it wrote.
        self._reading = self.soundness.reading(ValueError, TypeError, OverflowError)
        with readable(directory) as place, self._reading:
            index = Index.open(place)
            index.config_reader("manual")
            self._searcher = index.searcher()
        self._schema = index.schema
        self._languages = languages
        segments = json.loads((directory / "meta.json").read_bytes())["segments"]
        self._written = sum(int(segment["max_doc"]) for segment in segments)
        self._frequencies = Frequencies(self._searcher, self._reading, languages, self._written)
        # Asked for by the retriever, and again where evidence is looked for.
        self._weighted = lru_cache(_WEIGHTED_KEPT)(self._frequencies.weighted)

    @property
    def size(self) -> int:
        """How many passages the index holds."""
        return self._searcher.num_docs

    @property
    def withdrawn(self) -> int:
        """How many passages it still counts in its statistics and does not hold."""
        return self._written - self.size

    def search(self, words: Sequence[Word], depth: int, scope: Scope) -> Candidates:
        """Numbers and BM25 scores (k1 = 1.2, b = 0.75) of the `depth` best passages, best first."""
        terms = [term for language in self._languages for term in self._terms(words, language)]
        if not terms:
            return NO_CANDIDATES
        conditions = list(self._scope(scope))
        # Terms side by side, and nothing around them: tantivy passes over blocks that cannot
        # reach the best only then.
        if not conditions:
            return self._found(terms, depth)
        return self._found([(Occur.Must, Query.boolean_query(terms)), *conditions], depth)

    def having(self, phrase: str) -> Handles | None:
        """Numbers of all passages with `phrase`; None if there is no word in it."""
        found = self._phrase(phrase)
        return self._found([(Occur.Must, found)], self.size).handles if found else None

    def everything(self) -> Handles:
        """Numbers of all passages."""
        return self._found([(Occur.Must, Query.all_query())], self.size).handles

    def weighted(self, words: Sequence[Word], language: str) -> list[Weighted]:
        """The terms that `words` are looked for by in one language."""
        return self._weighted(tuple(words), language)

    def _found(self, clauses: list[tuple[Occur, Query]], depth: int) -> Candidates:
        if not (self.size and depth):
            return NO_CANDIDATES
        with self._reading:
            found = self._searcher.search(Query.boolean_query(clauses), depth, count=False).hits
            numbers = self._searcher.fast_field_values("number", [address for _, address in found])
            return ranked(
                np.array(numbers, np.int64), np.array([score for score, _ in found], np.float32)
            )

    def _term(self, term: str, language: str) -> Query:
        return Query.term_query(self._schema, "text", spelt(term, language))

    def _scope(self, scope: Scope) -> Iterable[tuple[Occur, Query]]:
        yield from self._conditions(scope.filters)
        for phrase in scope.phrases:
            if found := self._phrase(phrase):
                yield Occur.Must, _unscored(found)
        for phrase in scope.excluded:
            if found := self._phrase(phrase):
                yield Occur.MustNot, found

    def _phrase(self, phrase: str) -> Query | None:
        """A phrase as each language reads it; None if no language sees a word in it."""
        readings = [self._row_of(phrase, language) for language in self._languages]
        clauses = [(Occur.Should, reading) for reading in readings if reading]
        return Query.boolean_query(clauses) if clauses else None

    def _row_of(self, phrase: str, language: str) -> Query | None:
        terms = phrase_terms(phrase, language)
        if len(terms) > 1:
            words = list[str | tuple[int, str]](spelt(term, language) for term in terms)
            return Query.phrase_query(self._schema, "text", words)
        return self._term(terms[0], language) if terms else None

    def _terms(self, words: Sequence[Word], language: str) -> Iterator[tuple[Occur, Query]]:
        """The words as one language reads them, those that some passage has."""
        for term, weight, idf in self.weighted(words, language):
            if frequency := self._frequencies.of(term, language):
                # tantivy takes a term for as rare as it is in this language.
                factor = weight * idf / self._frequencies.rarity(frequency)
                yield Occur.Should, Query.boost_query(self._term(term, language), factor)

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


def ranked(numbers: Handles, scores: Scores) -> Candidates:
    """Candidates best first, equal scores in order of their numbers."""
    order = np.lexsort((numbers, -scores))
    return Candidates(numbers[order], scores[order])


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("number", fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field("keys", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="raw", index_option="position")
    return builder.build()


def _tokens(language: str, title: Tokens, text: Tokens) -> PreTokenizedString:
    behind = len(title) + _GAP
    words = [Token(spelt(word, language), position, 0) for word, position in title]
    words += [Token(spelt(word, language), behind + position, 0) for word, position in text]
    return PreTokenizedString("", words)


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
