"""The retriever for LlamaIndex, over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from api.clients.llama_index import DatelineRetriever
from api.clients.searching import SearchFailed
from tests.processes import Server

QUESTION = "Nansei island chain deployments"


@pytest.fixture
def retriever(served: Server) -> DatelineRetriever:
    return DatelineRetriever(served.url, similarity_top_k=5)


def text_node(found: NodeWithScore) -> TextNode:
    assert isinstance(found.node, TextNode)
    return found.node


def test_nodes_are_the_hits_of_a_search(retriever: DatelineRetriever, served: Server) -> None:
    hits = served.get("/search", q=QUESTION, limit="5").json["hits"]
    found = retriever.retrieve(QUESTION)
    assert [(each.node.node_id, each.score) for each in found] == [
        (hit["passage"]["id"], hit["relevance"]) for hit in hits
    ]
    assert [text_node(each).text for each in found] == [hit["passage"]["text"] for hit in hits]


def test_a_node_is_where_it_says_in_its_article(
    retriever: DatelineRetriever, served: Server
) -> None:
    for node in map(text_node, retriever.retrieve(QUESTION)):
        source = node.source_node
        assert source is not None
        assert source.node_id == node.metadata["article_id"] == node.ref_doc_id
        text = served.get(f"/articles/{source.node_id}").json["text"]
        assert text[node.start_char_idx : node.end_char_idx] == node.text


def test_a_model_is_shown_the_text_and_where_it_is_from(retriever: DatelineRetriever) -> None:
    node = text_node(retriever.retrieve(QUESTION)[0])
    shown = node.get_content(MetadataMode.LLM)
    assert node.text in shown
    assert node.metadata["citation"] in shown
    assert node.node_id not in shown


def test_it_answers_asynchronously_alike(retriever: DatelineRetriever) -> None:
    found = retriever.retrieve(QueryBundle(QUESTION))
    again = asyncio.run(retriever.aretrieve(QUESTION))
    assert [each.node.node_id for each in again] == [each.node.node_id for each in found]


def test_filters_are_parameters_of_the_retriever(served: Server) -> None:
    retriever = DatelineRetriever(served.url, source="The Harbour Post", published_to="2026-01-31")
    assert {each.metadata["source"] for each in retriever.retrieve(QUESTION)} == {
        "The Harbour Post"
    }


def test_what_the_server_refuses_is_told_in_its_words(served: Server) -> None:
    with pytest.raises(SearchFailed, match="from: Must be an ISO 8601 date"):
        DatelineRetriever(served.url, published_from="last week").retrieve(QUESTION)
