"""Stretches of articles under numbers, by which a prompt, an answer and a check speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from indexer.documents import Article, Passage, Span


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a context shows under the number `n`, from 1: a stretch of an article.

    `passages` are those it covers, in reading order; `also` are other articles that say nearly
    the same; `flagged` are sentences in it that read like instructions, as spans of the article.
    """

    n: int
    article: Article
    span: Span
    passages: tuple[Passage, ...]
    also: tuple[Article, ...] = ()
    flagged: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The stretch, as it stands in the article."""
        return self.span.of(self.article.text)

    @property
    def sha256(self) -> str:
        """The digest of the text, by which a citation of it can be recognised."""
        return digest_of(self.text)


def digest_of(text: str) -> str:
    """Hex SHA-256 of a text in UTF-8."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
