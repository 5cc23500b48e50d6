"""The retriever for LangChain, over HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from api.clients.langchain import DatelineRetriever
from api.clients.searching import SearchFailed
from tests.processes import Server, free_port

QUESTION = "Nansei island chain deployments"


@pytest.fixture
def retriever(served: Server) -> DatelineRetriever:
    return DatelineRetriever(url=served.url, k=5)


def test_documents_are_the_hits_of_a_search(retriever: DatelineRetriever, served: Server) -> None:
    hits = served.get("/search", q=QUESTION, limit="5").json["hits"]
    documents = retriever.invoke(QUESTION)
    assert [each.id for each in documents] == [hit["passage"]["id"] for hit in hits]
    first, hit = documents[0], hits[0]
    assert first.page_content == hit["passage"]["text"]
    assert first.metadata == {
        **{name: hit["article"][name] for name in ("title", "source", "authors", "url")},
        **{name: hit["article"][name] for name in ("published_at", "section", "language")},
        "article_id": hit["article"]["id"],
        "passage_id": hit["passage"]["id"],
        "relevance": hit["relevance"],
        "citation": hit["citation"],
        "start_index": hit["passage"]["start"],
        "end_index": hit["passage"]["end"],
    }


def test_a_document_is_where_its_metadata_says(
    retriever: DatelineRetriever, served: Server
) -> None:
    for each in retriever.invoke(QUESTION):
        known = each.metadata
        text = served.get(f"/articles/{known['article_id']}").json["text"]
        assert text[known["start_index"] : known["end_index"]] == each.page_content


def test_it_answers_asynchronously_and_in_batches_alike(retriever: DatelineRetriever) -> None:
    documents = retriever.invoke(QUESTION)
    assert asyncio.run(retriever.ainvoke(QUESTION)) == documents
    assert retriever.batch([QUESTION, QUESTION]) == [documents, documents]


def test_it_is_a_part_of_chains(retriever: DatelineRetriever) -> None:
    def sources(documents: list[Document]) -> set[str]:
        return {each.metadata["source"] for each in documents}

    chain = retriever | RunnableLambda(sources)
    assert "Meridian Wire" in chain.invoke(QUESTION)


def test_filters_are_parameters_of_the_retriever_or_of_a_call(served: Server) -> None:
    retriever = DatelineRetriever(
        url=served.url, parameters={"source": "Meridian Wire", "published_to": "2026-01-31"}
    )
    wire = {each.metadata["source"] for each in retriever.invoke(QUESTION)}
    assert wire == {"Meridian Wire"}
    harbour = retriever.invoke(QUESTION, source=["The Harbour Post"], limit=1)
    assert [each.metadata["source"] for each in harbour] == ["The Harbour Post"]


def test_what_nothing_answers_has_no_documents(retriever: DatelineRetriever) -> None:
    assert retriever.invoke("price of unobtainium futures on Mars") == []


@pytest.mark.parametrize("parameters", [{"published_from": "last week"}, {"sorce": "Reuters"}])
def test_what_the_server_refuses_is_told_in_its_words(
    retriever: DatelineRetriever, parameters: dict[str, Any]
) -> None:
    with pytest.raises(SearchFailed) as refused:
        retriever.invoke(QUESTION, **parameters)
    assert refused.value.status == 422
    assert str(refused.value) == refused.value.problem["detail"]


def test_a_server_that_is_not_there_is_told() -> None:
    retriever = DatelineRetriever(url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SearchFailed, match="did not answer"):
        retriever.invoke(QUESTION)
    with pytest.raises(SearchFailed, match="did not answer"):
        asyncio.run(retriever.ainvoke(QUESTION))


def test_another_server_is_told(served: Server) -> None:
    with pytest.raises(SearchFailed) as refused:
        DatelineRetriever(url=f"{served.url}/nothing").invoke(QUESTION)
    assert refused.value.status == 404


def test_what_is_no_dateline_at_all_is_told() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as other:
        Thread(target=other.serve_forever).start()
        try:
            with pytest.raises(SearchFailed, match="answered with status 501"):
                DatelineRetriever(url=f"http://127.0.0.1:{other.server_port}").invoke(QUESTION)
        finally:
            other.shutdown()


@pytest.mark.parametrize(
    ("client", "library", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("llama_index", "llama_index", "llama-index"),
        ("langchain", "httpx2", "langchain"),
    ],
)
def test_without_the_extra_it_says_what_to_install(client: str, library: str, extra: str) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; import api.clients.{client}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"pip install 'dateline[{extra}]'" in done.stderr
