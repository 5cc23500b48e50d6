"""Citations as they come from outside: which stretch of which article each means today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.grounding.numbered import digest_of
from api.grounding.verdict import Cited
from indexer.documents import Article, Span
from indexer.engines.base import Snapshot


@dataclass(frozen=True, slots=True)
class Reference:
    """A citation as a client names it, by number; its stretch is a passage, a span or all.

    `sha256` is the digest the text of the stretch had.
    """

    n: int
    article_id: str
    start: int | None = None
    end: int | None = None
    sha256: str | None = None
    passage_id: str | None = None


def followed(
    references: Iterable[Reference], snapshot: Snapshot
) -> tuple[tuple[Cited, ...], dict[int, str]]:
    """What references lead to, and by number what is wrong with those that do not hold.

    One whose text has changed leads to what stands there today all the same.
    """
    cited, broken = [], {}
    for reference in references:
        found = _found(reference, snapshot)
        if isinstance(found, str):
            broken[reference.n] = found
            continue
        cited.append(found)
        if reference.sha256 and digest_of(found.span.of(found.article.text)) != reference.sha256:
            broken[reference.n] = (
                f"The text that citation {reference.n} names has changed since it was cited."
            )
    return tuple(cited), broken


def extent(cited: Iterable[Cited]) -> int:
    """How many letters a check of these reads: each stretch, and each of their articles once.

    Names and numbers count wherever they stand in the article of a stretch.
    """
    cited = tuple(cited)
    articles = {each.article.id: len(each.article.text) for each in cited}
    return sum(articles.values()) + sum(each.span.end - each.span.start for each in cited)


def _found(reference: Reference, snapshot: Snapshot) -> Cited | str:
    """The stretch, or what is wrong with the reference in words."""
    article = snapshot.article(reference.article_id)
    if article is None:
        return f"The article of citation {reference.n} is not in the index."
    span = _span(reference, article, snapshot)
    if span is None:
        return f"The passage of citation {reference.n} is not in its article."
    if span.end > len(article.text):
        return f"The span of citation {reference.n} is not in its article, which is shorter."
    return Cited(article, span, reference.n)


def _span(reference: Reference, article: Article, snapshot: Snapshot) -> Span | None:
    if reference.start is not None and reference.end is not None:
        return Span(reference.start, reference.end)
    if reference.passage_id is None:
        return Span(0, len(article.text))
    return next(_passages(reference.passage_id, article, snapshot), None)


def _passages(passage_id: str, article: Article, snapshot: Snapshot) -> Iterator[Span]:
    for located in snapshot.locate(snapshot.passages(article.id)):
        if located.passage.id == passage_id:
            yield Span(located.passage.start, located.passage.end)
