"""From articles to the rows of a draft: chunked, encoded, added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.chunking import Chunker, embedding_text
from indexer.documents import Article, Passage, Span
from indexer.encoders import canary_vectors, check_canaries
from indexer.encoders.base import Encoder
from indexer.engines.base import Draft
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.errors import DatelineError
from indexer.sentence_vectors import Sentences, Signs, to_signs, within
from indexer.sentences import sentences
from indexer.vectors import Vectors

# The float vectors of sentences are let go of after so many passages: one article may be a book.
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Chunked:
    """An article and its passages, with what the model reads for each.

    `sentences` are those of each passage, counted from its start; the text the model reads
    begins with the same `prefix` characters of title for all of them.
    """

    article: Article
    passages: tuple[Passage, ...]
    texts: tuple[str, ...]
    sentences: tuple[tuple[Span, ...], ...]
    prefix: int


class Writer:
    """Chunks and encodes articles for drafts of one model and chunking."""

    def __init__(
        self, encoder: Encoder, chunking: ChunkingCard, known: ModelCard | None = None
    ) -> None:
        """Write to an index that has the card `known` of its model, if there is one already.

        Raises DatelineError when passages would be longer than the model reads, or when the model
        does not encode as that of the index did.
        """
        check_room(encoder, chunking.tokens)
        self.model = _card(encoder, known)
        self.chunking = chunking
        self._encoder = encoder
        self._chunker = Chunker(encoder.count_tokens, chunking.tokens, chunking.overlap)

    def chunk(self, article: Article) -> Chunked:
        """The passages of an article, ready to be encoded; touches neither model nor draft."""
        passages = self._chunker.chunk(article)
        prefix = self._chunker.prefix(article.headline)
        found = sentences(article.text, article.language)
        return Chunked(
            article=article,
            passages=tuple(passages),
            texts=tuple(embedding_text(prefix, passage.text) for passage in passages),
            sentences=tuple(
                tuple(within(found, Span(passage.start, passage.end))) for passage in passages
            ),
            prefix=len(embedding_text(prefix, "")),
        )

    def add(self, draft: Draft, batch: Sequence[Chunked]) -> int:
        """Encode the passages of all these articles and add them; how many there were."""
        vectors, signs = self.encode(batch)
        spans = (own for chunked in batch for own in chunked.sentences)
        known = [Sentences(own, each) for own, each in zip(spans, signs, strict=True)]
        row = 0
        for chunked in batch:
            rows = slice(row, row + len(chunked.passages))
            draft.add(chunked.article, chunked.passages, vectors[rows], known[rows])
            row = rows.stop
        return row

    def write(self, draft: Draft, articles: Iterable[Article]) -> int:
        """Chunk, encode and add a batch of articles; how many passages that were."""
        return self.add(draft, [self.chunk(article) for article in articles])

    def encode(self, batch: Sequence[Chunked]) -> tuple[Vectors, list[Signs]]:
        """Vectors of the passages of a batch, and the signs of their sentences."""
        texts = [text for chunked in batch for text in chunked.texts]
        spans = [_shifted(own, chunked.prefix) for chunked in batch for own in chunked.sentences]
        vectors = np.empty((len(texts), self._encoder.dimension), np.float32)
        signs: list[Signs] = []
        for start in range(0, len(texts), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            vectors[part], pooled = self._encoder.encode_with_sentences(texts[part], spans[part])
            signs += map(to_signs, pooled)
        return vectors, signs


def check_room(encoder: Encoder, tokens: int) -> None:
    """Raise DatelineError when passages of so many tokens would be longer than the model reads."""
    if tokens > encoder.max_tokens:
        raise DatelineError(
            f"The model {encoder.name} reads {encoder.max_tokens} tokens and would overlook "
            f"the end of passages of {tokens}: lower DATELINE_PASSAGE_TOKENS to that."
        )


def _card(encoder: Encoder, known: ModelCard | None) -> ModelCard:
    if known is None:
        canaries = canary_vectors(encoder)
        return ModelCard(encoder.name, encoder.fingerprint, encoder.dimension, canaries)
    check_canaries(encoder, known.fingerprint, known.canaries)
    # The canaries stay those of the first day, or small differences would add up.
    return replace(known, name=encoder.name)


def _shifted(spans: Sequence[Span], characters: int) -> list[Span]:
    return [Span(span.start + characters, span.end + characters) for span in spans]
