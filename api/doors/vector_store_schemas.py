"""What the vector store of OpenAI's contract takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load
from marshmallow.validate import Length, Range

from api.doors.conditions import MAX_COMPARED, Condition, Everything
from api.doors.known import known, place
from api.doors.sifting import Sifted, score_of
from api.doors.vector_store_filters import ConditionField
from api.schemas.described import described
from api.schemas.fields import Flag, Names, Share, Text, WholeNumber
from api.schemas.hits import RELEVANCE_DIGITS
from api.schemas.query import MAX_QUERIES, MAX_QUERY_LENGTH
from api.schemas.strict import Strict
from api.search.query import Hit, Query
from indexer.documents import Json

MAX_RESULTS = 50
# OpenAI's bound on the value of an attribute.
MAX_ATTRIBUTE = 512


@dataclass(frozen=True, slots=True)
class StoreSearch:
    """What is asked of the store: the questions, on what condition, and which page.

    `least` is the relevance a result needs.
    """

    questions: tuple[str, ...]
    condition: Condition
    limit: int
    least: float
    page: str | None

    def queries(self) -> list[Query]:
        """One query a question; without a least score the nearest passages, however far."""
        bound = self.least or None
        return [
            Query(text, min_relevance=bound, include_weak=bound is None) for text in self.questions
        ]


class Questions(Names):
    """One question or several, one at least."""

    def __init__(self, *described: Any) -> None:
        super().__init__(*described)
        self.required = True
        error = f"Must hold from 1 to {MAX_QUERIES} questions."
        self.validators = [Length(1, MAX_QUERIES, error=error)]
        self.metadata = {**self.metadata, "type": ["string", "array"]}


class RankingOptions(Strict):
    """How results are ranked."""

    ranker = Text(metadata=described("Taken and not heeded: the server has one ranking.", "auto"))
    score_threshold = Share(
        load_default=0.0,
        metadata=described("Only results with this score, the relevance, or more.", 0.5),
    )


class StoreSearchBody(Strict):
    """The body of `POST /v1/vector_stores/{id}/search`."""

    query = Questions(
        "The question, or several whose results become one list by score.",
        "Nansei island chain deployments",
        Text(length=MAX_QUERY_LENGTH),
    )
    filters = ConditionField(
        allow_none=True,
        metadata=described(
            "`{type, key, value}` with eq, ne, gt, gte, lt, lte, in or nin, or `{type, filters}` "
            "with and or or. Keys are source, section, language, author, article_id, title, url "
            "and published_at. Names compare in any case, and a language covers its regions; a "
            "date is ISO 8601, its whole UTC day where it has no time, or seconds since 1970. "
            "Articles without the attribute pass ne and nin only. There are at most "
            f"{MAX_COMPARED} values in all.",
            {"type": "gte", "key": "published_at", "value": "2026-01-15"},
            type="object",
        ),
    )
    max_num_results = WholeNumber(
        load_default=10,
        validate=Range(1, MAX_RESULTS, error=f"Must be from 1 to {MAX_RESULTS}."),
        metadata=described("How many results a page holds.", 10),
    )
    ranking_options = fields.Nested(
        RankingOptions(), allow_none=True, metadata=described("How results are ranked.")
    )
    rewrite_query = Flag(
        metadata=described("Taken and not heeded: questions are read as they are.", False)
    )
    page = Text(
        metadata=described(
            "`next_page` of the page before, with all else as it was.",
            "WyIwMDAwMDEtMWYzYTljMmUiLCI5YjFkZjAyMyIsMTBd",
        )
    )

    @post_load
    def search(self, values: dict[str, Any], **_: Any) -> StoreSearch:
        """The members as a value."""
        options = values.get("ranking_options") or {}
        return StoreSearch(
            questions=tuple(values["query"]),
            condition=values.get("filters") or Everything(),
            limit=values["max_num_results"],
            least=options.get("score_threshold", 0.0),
            page=values.get("page"),
        )


class StoreContentSchema(Schema):
    """A piece of text."""

    type = fields.String(metadata=described("Always `text`.", "text"))
    text = fields.String(
        metadata=described(
            "The passage, verbatim.", "Deployments along the Nansei island chain were on the table."
        )
    )


class StoreResultSchema(Schema):
    """A passage found."""

    file_id = fields.String(
        metadata=described("The article it is from, by id.", "wire/0412-defence-talks")
    )
    filename = fields.String(
        metadata=described("The title of the article.", "Defence chiefs meet in Washington")
    )
    score = fields.Float(
        metadata=described("The relevance: the probability, 0 to 1, that it answers.", 0.87)
    )
    attributes = fields.Dict(
        metadata=described(
            "Whence it comes. `start` and `end` are its place in the text of the article, in "
            "code points. What is not known, or longer than 512 characters, is not there.",
            {"source": "Meridian Wire", "passage_id": "wire/0412-defence-talks#3", "start": 1204},
        )
    )
    content = fields.List(fields.Nested(StoreContentSchema()), metadata=described("The passage."))


class StoreResultPageSchema(Schema):
    """One page of results."""

    object = fields.String(metadata=described("Always this.", "vector_store.search_results.page"))
    search_query = fields.List(
        fields.String(),
        metadata=described("The questions.", ["Nansei island chain deployments"]),
    )
    data = fields.List(
        fields.Nested(StoreResultSchema()), metadata=described("The passages, best first.")
    )
    has_more = fields.Boolean(metadata=described("Whether there is another page.", False))
    next_page = fields.String(
        allow_none=True,
        metadata=described(
            "Send it as `page` for the next page; null on the last.",
            "WyIwMDAwMDEtMWYzYTljMmUiLCI5YjFkZjAyMyIsMTBd",
        ),
    )


def page_of(search: StoreSearch, found: Sifted) -> dict[str, Json]:
    """A page of results as OpenAI's contract has it."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": list(search.questions),
        "data": [_result(hit) for hit in found.hits],
        "has_more": found.next_page is not None,
        "next_page": found.next_page,
    }


def _result(hit: Hit) -> dict[str, Json]:
    return {
        "file_id": hit.article.id,
        "filename": hit.article.title,
        "score": round(score_of(hit), RELEVANCE_DIGITS),
        "attributes": _attributes(hit),
        "content": [{"type": "text", "text": hit.passage.text}],
    }


def _attributes(hit: Hit) -> dict[str, Json]:
    """What is known of a passage and its article, within OpenAI's bounds."""
    every = {**known(hit.article), **place(hit.passage)}
    return {name: value for name, value in every.items() if _fits(value)}


def _fits(value: Json) -> bool:
    """Whether a value can be an attribute; half an address or name would be a wrong one."""
    return not isinstance(value, str) or len(value) <= MAX_ATTRIBUTE
