"""`/retrieval`: the index as an external knowledge base of Dify.

https://docs.dify.ai/en/use-dify/knowledge/external-knowledge-api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Range

from api.contract import errors_as, resource
from api.doors.conditions import Everything
from api.doors.dify_conditions import DifyConditions
from api.doors.known import known, place
from api.doors.sifting import score_of, sift
from api.errors import BadAuthorization, UnknownStore, headers_of, told_of
from api.resources.serving import current_searcher
from api.schemas.described import described
from api.schemas.fields import Share, Text, WholeNumber
from api.schemas.hits import RELEVANCE_DIGITS
from api.schemas.query import MAX_QUERY_LENGTH
from api.search.citation import cite
from api.search.query import Hit, Query
from indexer.documents import Json

KNOWLEDGE = "dateline"
MAX_RECORDS = 100
# The codes that Dify's contract names; any other error goes by its HTTP status.
_CODES: Mapping[type[Exception], int] = {BadAuthorization: 1001, UnknownStore: 2001}

blueprint = resource("dify", "Use the index as an external knowledge base of Dify.", 400)


class DifyRetrievalSetting(Schema):
    """How much is wanted."""

    class Meta:
        unknown = EXCLUDE

    top_k = WholeNumber(
        load_default=10,
        validate=Range(1, MAX_RECORDS, error=f"Must be from 1 to {MAX_RECORDS}."),
        metadata=described("How many records at most.", 5),
    )
    score_threshold = Share(
        load_default=0.0,
        allow_none=True,
        metadata=described("Only records with this score, the relevance, or more.", 0.5),
    )


class DifyRetrievalBody(Schema):
    """The body of `POST /retrieval`; what Dify may add to it one day is let pass."""

    knowledge_id = Text(required=True, metadata=described("Always `dateline`.", KNOWLEDGE))
    query = Text(
        required=True,
        length=MAX_QUERY_LENGTH,
        metadata=described("The question.", "Nansei island chain deployments"),
    )
    retrieval_setting = fields.Nested(
        DifyRetrievalSetting(),
        load_default=DifyRetrievalSetting().load({}),
        metadata=described("How much is wanted."),
    )
    metadata_condition = fields.Nested(
        DifyConditions(),
        allow_none=True,
        metadata=described("Which articles are looked at."),
    )


class DifyRecordSchema(Schema):
    """A passage found."""

    content = fields.String(
        metadata=described(
            "The passage, verbatim.", "Deployments along the Nansei island chain were on the table."
        )
    )
    score = fields.Float(
        metadata=described("The relevance: the probability, 0 to 1, that it answers.", 0.87)
    )
    title = fields.String(
        metadata=described("The title of the article.", "Defence chiefs meet in Washington")
    )
    metadata = fields.Dict(
        metadata=described(
            "Whence it comes; `start` and `end` are its place in the text of the article.",
            {"source": "Meridian Wire", "passage_id": "wire/0412-defence-talks#3", "start": 1204},
        )
    )


class DifyRecordsSchema(Schema):
    """The passages found."""

    records = fields.List(
        fields.Nested(DifyRecordSchema()), metadata=described("The passages, best first.")
    )


class DifyErrorSchema(Schema):
    """An error as Dify reads it."""

    error_code = fields.Integer(
        metadata=described(
            "1001: the header `Authorization` is none of a key; 2001: there is no such knowledge; "
            "otherwise the HTTP status.",
            2001,
        )
    )
    error_msg = fields.String(
        metadata=described("What is wrong and what to send.", "There is no knowledge “news”.")
    )


@blueprint.route("/retrieval")
class RetrievalResource(MethodView):
    """What the knowledge base knows."""

    @blueprint.doc(operationId="difyRetrieval")
    @errors_as(DifyErrorSchema(), blueprint, 400, 403, 404, 413, 415, 503)
    @blueprint.arguments(DifyRetrievalBody(), location="json", unknown=EXCLUDE)
    @blueprint.response(200, DifyRecordsSchema(), description="The passages found.")
    def post(self, asked: Mapping[str, Any]) -> dict[str, Json]:
        """Retrieve passages for Dify: the nearest to the question, each with its relevance.

        Reading needs no key: whichever Dify sends is taken.
        """
        check_authorization()
        check_knowledge(asked["knowledge_id"])
        setting = asked["retrieval_setting"]
        least = setting["score_threshold"] or None
        query = Query(asked["query"], min_relevance=least, include_weak=least is None)
        condition = asked.get("metadata_condition") or Everything()
        found = sift(current_searcher(), [query], condition, setting["top_k"])
        return {"records": [_record(hit) for hit in found.hits]}


def check_authorization() -> None:
    """Raise BadAuthorization where a header is sent that no key is in."""
    header = request.headers.get("Authorization")
    if header is None:
        return
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise BadAuthorization(
            "The header must be `Authorization: Bearer KEY`, with any key, or be left out."
        )


def check_knowledge(knowledge_id: str) -> None:
    """Raise UnknownStore unless this is what the index goes by."""
    if knowledge_id != KNOWLEDGE:
        raise UnknownStore(f"There is no knowledge “{knowledge_id}”: enter {KNOWLEDGE} as its id.")


def tell_as_dify(of: Blueprint) -> None:
    """Answer every error of the addresses of `of` as Dify reads them."""
    of.register_error_handler(Exception, _told)


def _told(error: Exception) -> Response:
    problem, told = told_of(error)
    # Dify's contract knows no 422.
    status = 400 if problem.status == 422 else problem.status
    code = _CODES.get(type(error), status)
    response = jsonify({"error_code": code, "error_msg": told["detail"]})
    response.status_code = status
    response.headers.update(headers_of(problem, error))
    return response


def _record(hit: Hit) -> dict[str, Json]:
    return {
        "content": hit.passage.text,
        "score": round(score_of(hit), RELEVANCE_DIGITS),
        "title": hit.article.title,
        "metadata": {
            **known(hit.article),
            **place(hit.passage),
            "citation": cite(hit.article),
        },
    }


tell_as_dify(blueprint)
