"""A retriever for LlamaIndex: `pip install 'dateline[llama-index]'`."""

from __future__ import annotations

from typing import Any

from indexer.errors import MissingExtra

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        ObjectType,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )

    from api.clients.searching import DEFAULT_SECONDS, DEFAULT_URL, Found, Searching
except ImportError as error:
    raise MissingExtra(
        "The retriever for LlamaIndex needs other packages: pip install 'dateline[llama-index]'"
    ) from error

# What says nothing to a model: identifiers, and what the citation says already.
_NOT_FOR_MODELS = ["article_id", "passage_id", "relevance", "language", "section", "url"]


class DatelineRetriever(BaseRetriever):
    """Retrieves passages from a Dateline server.

    `parameters` are those of `POST /search`, such as source, language, published_from,
    published_to, min_relevance, include_weak or collapse. The score of a node is its relevance,
    and `start_char_idx` and `end_char_idx` its place in the text of the article. Raises
    SearchFailed.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        similarity_top_k: int = 10,
        seconds: float = DEFAULT_SECONDS,
        **parameters: Any,
    ) -> None:
        super().__init__()
        self._searching = Searching(url, seconds)
        self._parameters = {"limit": similarity_top_k, **parameters}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(self._searching.search(query_bundle.query_str, self._parameters))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(await self._searching.asearch(query_bundle.query_str, self._parameters))


def _nodes(found: list[Found]) -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=_node(each), score=each.score if each.relevance is None else each.relevance
        )
        for each in found
    ]


def _node(found: Found) -> TextNode:
    article = RelatedNodeInfo(node_id=found.article_id, node_type=ObjectType.DOCUMENT)
    return TextNode(
        id_=found.passage_id,
        text=found.text,
        start_char_idx=found.start,
        end_char_idx=found.end,
        metadata=found.metadata,
        relationships={NodeRelationship.SOURCE: article},
        excluded_llm_metadata_keys=_NOT_FOR_MODELS,
        excluded_embed_metadata_keys=[*_NOT_FOR_MODELS, "citation", "authors"],
    )
