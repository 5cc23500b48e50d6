"""A retriever for LangChain: `pip install 'dateline[langchain]'`."""

from __future__ import annotations

from typing import Any

from indexer.errors import MissingExtra

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import Field

    from api.clients.searching import DEFAULT_SECONDS, DEFAULT_URL, Found, Searching
except ImportError as error:
    raise MissingExtra(
        "The retriever for LangChain needs other packages: pip install 'dateline[langchain]'"
    ) from error


class DatelineRetriever(BaseRetriever):
    """Retrieves passages from a Dateline server.

    `parameters` are those of `POST /search`, such as source, language, published_from,
    published_to, min_relevance, include_weak or collapse; what a call gives by keyword counts
    before them. A document's `start_index` and `end_index` are its place in the text of the
    article. Raises SearchFailed.
    """

    url: str = DEFAULT_URL
    k: int = 10
    seconds: float = DEFAULT_SECONDS
    parameters: dict[str, Any] = Field(default_factory=dict)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 (a hook of LangChain)
        **parameters: Any,
    ) -> list[Document]:
        return _documents(self._searching.search(query, self._all(parameters)))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 (a hook of LangChain)
        **parameters: Any,
    ) -> list[Document]:
        return _documents(await self._searching.asearch(query, self._all(parameters)))

    @property
    def _searching(self) -> Searching:
        return Searching(self.url, self.seconds)

    def _all(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"limit": self.k, **self.parameters, **parameters}


def _documents(found: list[Found]) -> list[Document]:
    return [
        Document(
            id=each.passage_id,
            page_content=each.text,
            metadata={**each.metadata, "start_index": each.start, "end_index": each.end},
        )
        for each in found
    ]
