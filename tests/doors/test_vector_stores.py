"""The vector store of OpenAI's contract, asked by OpenAI's own client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.vector_store_search_response import VectorStoreSearchResponse

from tests.processes import Server

QUESTION = "Nansei island chain deployments"
STORE = "vs_dateline"


@pytest.fixture(scope="module")
def client(served: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def search(client: OpenAI, **asked: Any) -> list[VectorStoreSearchResponse]:
    return client.vector_stores.search(STORE, **{"query": QUESTION, **asked}).data


def test_there_is_one_store_however_it_is_looked_for(client: OpenAI, served: Server) -> None:
    [store] = client.vector_stores.list()
    assert store == client.vector_stores.retrieve(STORE)
    assert (store.id, store.name, store.status) == (STORE, "dateline", "completed")
    assert store.file_counts.total == served.get("/articles").json["total"]["value"]
    assert store.usage_bytes > 0


def test_the_list_of_stores_ends(client: OpenAI) -> None:
    assert client.vector_stores.list(after=STORE).data == []


def test_results_are_the_hits_of_a_search_with_their_relevance(
    client: OpenAI, served: Server
) -> None:
    hits = served.get("/search", q=QUESTION, include_weak="true", limit="5").json["hits"]
    found = search(client, max_num_results=5)
    assert [(each.file_id, each.score) for each in found] == [
        (hit["article"]["id"], hit["relevance"]) for hit in hits
    ]
    assert [each.filename for each in found] == [hit["article"]["title"] for hit in hits]


def test_a_result_is_where_its_attributes_say(client: OpenAI, served: Server) -> None:
    for found in search(client, max_num_results=20):
        known = found.attributes
        assert known is not None
        text = served.get(f"/articles/{found.file_id}").json["text"]
        assert [text[int(known["start"]) : int(known["end"])]] == [
            content.text for content in found.content
        ]
        assert known["article_id"] == found.file_id
        assert str(known["passage_id"]).startswith(found.file_id)
        assert len(known) <= 16


def test_pages_follow_each_other_to_the_end(client: OpenAI) -> None:
    asked: Any = {"filters": {"type": "ne", "key": "language", "value": "en"}, "max_num_results": 7}
    pages: list[list[VectorStoreSearchResponse]] = []
    page = None
    while True:
        body = {"page": page} if page else None
        answer = client.vector_stores.search(STORE, query=QUESTION, extra_body=body, **asked)
        pages.append(answer.data)
        rest = answer.model_extra or {}
        assert rest["has_more"] is (rest["next_page"] is not None)
        if not (page := rest["next_page"]):
            break
    together = [each.attributes["passage_id"] for page in pages for each in page if each.attributes]
    assert len(together) == len(set(together)) > 7
    first = search(client, **{**asked, "max_num_results": 14})
    assert together[:14] == [each.attributes["passage_id"] for each in first if each.attributes]


def test_several_questions_make_one_list_by_score(client: OpenAI) -> None:
    questions = [QUESTION, "Wie hoch stand der Rhein?"]
    page = client.vector_stores.search(STORE, query=questions, max_num_results=10)
    assert (page.model_extra or {})["search_query"] == questions
    scores = [each.score for each in page.data]
    assert scores == sorted(scores, reverse=True)
    alone = {each.file_id for question in questions for each in search(client, query=question)[:1]}
    assert alone <= {each.file_id for each in page.data}


def test_a_threshold_is_one_of_relevance(client: OpenAI) -> None:
    every = search(client, max_num_results=50)
    likely = search(client, max_num_results=50, ranking_options={"score_threshold": 0.5})
    assert likely == [each for each in every if each.score >= 0.5]
    assert 0 < len(likely) < len(every)


def test_what_cannot_be_heeded_and_changes_nothing_is_taken(client: OpenAI) -> None:
    assert search(client, rewrite_query=True, ranking_options={"ranker": "auto"}) == search(client)


@pytest.mark.parametrize(
    ("filters", "param"),
    [
        ({"type": "eq", "key": "colour", "value": "red"}, "filters.key"),
        ({"type": "gte", "key": "published_at", "value": "last week"}, "filters.value"),
        ({"type": "gte", "key": "published_at", "value": True}, "filters.value"),
        ({"type": "gte", "key": "published_at", "value": 1e300}, "filters.value"),
        ({"type": "gt", "key": "published_at", "value": "9999-12-31"}, "filters.value"),
        ({"type": "gt", "key": "source", "value": "A"}, "filters.value"),
        ({"type": "eq", "key": "source", "value": 7}, "filters.value"),
        ({"type": "in", "key": "source", "value": "Reuters"}, "filters.value"),
        ({"type": "in", "key": "source", "value": []}, "filters.value"),
        ({"type": "like", "key": "source", "value": "R"}, "filters.type"),
        ({"type": "eq", "key": "source", "value": "R", "not": True}, "filters.not"),
        ({"type": "and", "filters": []}, "filters.filters"),
        (
            {"type": "or", "filters": [{"type": "eq", "key": "source", "value": "R"}, 7]},
            "filters.filters[1]",
        ),
    ],
)
def test_a_filter_that_cannot_be_heeded_is_refused(
    client: OpenAI, filters: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        search(client, filters=filters)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"
    assert refused.value.code == "invalid_parameters"


def test_filters_nest_only_so_deep(client: OpenAI) -> None:
    filters: dict[str, Any] = {"type": "eq", "key": "source", "value": "Reuters"}
    for _ in range(10):
        filters = {"type": "and", "filters": [filters]}
    with pytest.raises(openai.BadRequestError, match="10 deep"):
        search(client, filters=filters)


def test_a_filter_has_only_so_many_values_in_all(client: OpenAI) -> None:
    each = {"type": "nin", "key": "title", "value": [f"Nothing {n}" for n in range(100)]}
    assert search(client, filters={"type": "and", "filters": [each] * 3})
    one = {"type": "gte", "key": "published_at", "value": "2026-01-01"}
    with pytest.raises(openai.BadRequestError, match="at most 300 values in all") as refused:
        search(
            client,
            filters={
                "type": "and",
                "filters": [each, each, {"type": "or", "filters": [each, one]}],
            },
        )
    assert refused.value.param == "filters"


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"max_num_results": 51}, "max_num_results"),
        ({"max_num_results": 0}, "max_num_results"),
        ({"query": []}, "query"),
        ({"query": " "}, "query[0]"),
        ({"ranking_options": {"score_threshold": 2}}, "ranking_options.score_threshold"),
        ({"extra_body": {"top_k": 3}}, "top_k"),
    ],
)
def test_what_is_out_of_bounds_is_refused(
    client: OpenAI, asked: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        search(client, **asked)
    assert refused.value.param == param


def test_a_page_of_another_search_is_refused(client: OpenAI) -> None:
    page = client.vector_stores.search(STORE, query=QUESTION, max_num_results=1)
    body = {"page": (page.model_extra or {})["next_page"]}
    with pytest.raises(openai.BadRequestError) as refused:
        search(client, query="rain", extra_body=body)
    assert refused.value.code == "bad_cursor"


def test_what_is_no_page_is_refused_in_the_words_of_this_contract(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Send `next_page`") as refused:
        search(client, extra_body={"page": "zzz"})
    assert refused.value.param == "page"
    assert "cursor" not in refused.value.message.replace("bad_cursor", "")


def test_another_store_is_not_there(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="vs_dateline"):
        client.vector_stores.retrieve("vs_other")
    with pytest.raises(openai.NotFoundError, match="vs_dateline"):
        client.vector_stores.search("vs_other", query=QUESTION)
