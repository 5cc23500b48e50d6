"""Hits, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields

from api.schemas.articles import CITATION, ArticleSummarySchema
from api.schemas.described import described
from api.schemas.fields import Rounded
from api.search.citation import cite
from api.search.query import Hit
from indexer.documents import Article, Json, Passage, Span

SCORE_DIGITS, RELEVANCE_DIGITS = 6, 4

RELEVANCE = described(
    "Estimated probability, 0 to 1, that it answers, comparable between queries; null when "
    "nobody has calibrated the model of the index.",
    0.87,
)

QUOTE: dict[str, Json] = {
    "type": "object",
    "required": ["start", "end", "text"],
    "properties": {
        "start": {
            "type": "integer",
            "description": "Where it begins in the text of the article, in code points.",
        },
        "end": {"type": "integer", "description": "Where it ends; not included."},
        "text": {"type": "string", "description": "`text[start:end]` of the article."},
    },
}


def quotes(article: Article, spans: Iterable[Span]) -> list[Json]:
    """Stretches of an article as responses show them."""
    return [{"start": span.start, "end": span.end, "text": span.of(article.text)} for span in spans]


def _highlights(hit: Hit) -> list[Json]:
    return quotes(hit.article, hit.highlights)


class PassageSchema(Schema):
    """A piece of an article."""

    id = fields.String(
        required=True, metadata=described("Identifier.", "wire/0412-defence-talks#3")
    )
    text = fields.String(
        required=True,
        metadata=described(
            "The passage: `text[start:end]` of its article.",
            "Deployments along the Nansei island chain were on the table.",
        ),
    )
    start = fields.Integer(
        required=True, metadata=described("Where it begins in the text, in code points.", 1204)
    )
    end = fields.Integer(
        required=True, metadata=described("Where it ends, in code points; not included.", 1264)
    )


class SignalSchema(Schema):
    """One part of a score."""

    name = fields.String(required=True, metadata=described("What was measured.", "cosine"))
    value = Rounded(SCORE_DIGITS, required=True, metadata=described("As measured.", 0.61))
    weight = Rounded(SCORE_DIGITS, required=True, metadata=described("What it counts.", 1.0))
    part = Rounded(SCORE_DIGITS, required=True, metadata=described("What both come to.", 0.61))


class ExplanationSchema(Schema):
    """How a hit came by its score."""

    signals = fields.List(
        fields.Nested(SignalSchema()),
        required=True,
        metadata=described(
            "What its score is the sum of; none where another fusion than the default ranks."
        ),
    )
    dense_rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("Its place by meaning; null where it was not among the first.", 1),
    )
    lexical_rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("Its place by words; null where it was not among the first.", 4),
    )
    fused = Rounded(
        SCORE_DIGITS,
        required=True,
        metadata=described("The score before reranking and recency.", 0.91),
    )
    reranked_from = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("Its rank before reranking; null when there was none.", 2),
    )
    recency = Rounded(
        SCORE_DIGITS,
        required=True,
        allow_none=True,
        metadata=described(
            "What the score was multiplied by for the age of the article; null when age does not "
            "count or took nothing.",
            0.97,
        ),
    )


class HitSchema(Schema):
    """One result; dumps a `Hit`."""

    rank = fields.Integer(
        required=True, metadata=described("Place in the ranking, from 1, over all pages.", 1)
    )
    score = Rounded(
        SCORE_DIGITS,
        required=True,
        metadata=described("Higher is better; comparable within one ranking only.", 0.91),
    )
    relevance = Rounded(RELEVANCE_DIGITS, required=True, allow_none=True, metadata=RELEVANCE)
    passage = fields.Nested(
        PassageSchema(), required=True, metadata=described("The passage found.")
    )
    highlights = fields.Function(
        _highlights,
        required=True,
        metadata=described(
            "The sentence or two of the passage that carry the answer, best first.",
            [{"start": 1204, "end": 1264, "text": "Deployments along the Nansei island chain …"}],
            type="array",
            items=QUOTE,
        ),
    )
    article = fields.Nested(
        ArticleSummarySchema(), required=True, metadata=described("The article it is from.")
    )
    citation = fields.Function(
        lambda hit: cite(hit.article),
        required=True,
        metadata=described("Title, source, date and address in a line.", CITATION, type="string"),
    )
    collapsed = fields.List(
        fields.Nested(PassageSchema()),
        metadata=described(
            "Further passages of the article, best first; there under `collapse=article` only."
        ),
    )
    explanation = fields.Nested(
        ExplanationSchema(),
        metadata=described("How it came by its score; there under `explain=true` only."),
    )

    def dump(self, obj: Hit, **_: Any) -> dict[str, Json]:
        """What marshmallow makes of the fields, written out: ten hits took it half a ms."""
        dumped: dict[str, Json] = {
            "rank": obj.rank,
            "score": round(obj.score, SCORE_DIGITS),
            "relevance": None if obj.relevance is None else round(obj.relevance, RELEVANCE_DIGITS),
            "passage": _passage(obj.passage),
            "highlights": _highlights(obj),
            "article": _article(obj.article),
            "citation": cite(obj.article),
        }
        if "collapsed" in self.fields:
            dumped["collapsed"] = [_passage(passage) for passage in obj.collapsed]
        if "explanation" in self.fields:
            dumped["explanation"] = _EXPLANATION.dump(obj.explanation)
        return dumped


_EXPLANATION = ExplanationSchema()


def _passage(passage: Passage) -> dict[str, Json]:
    return {
        "id": passage.id,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
    }


def _article(article: Article) -> dict[str, Json]:
    published = article.published_at
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "authors": list(article.authors),
        "url": article.url,
        "published_at": published.isoformat() if published else None,
        "section": article.section,
        "language": article.language,
    }
