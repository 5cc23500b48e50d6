"""The server of the Model Context Protocol, made with its SDK; imported where that is wanted."""

from __future__ import annotations

import json
from typing import Any

import anyio
from anyio.to_thread import run_sync
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from api.contract import VERSION
from api.doors.mcp_tools import TOOLS, ToolRefused, call, json_schema
from api.search.searcher import Searcher

_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def server_over(searcher: Searcher) -> Server[Any]:
    """A server whose tools answer from `searcher`."""

    async def list_tools(
        _: ServerRequestContext[Any], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=_tools())

    async def call_tool(
        _: ServerRequestContext[Any], asked: CallToolRequestParams
    ) -> CallToolResult:
        # Searching takes milliseconds of work, which would hold up everybody else on the loop.
        return await run_sync(_answer, searcher, asked)

    return Server("dateline", version=VERSION, on_list_tools=list_tools, on_call_tool=call_tool)


def serve_stdio(searcher: Searcher) -> None:
    """Answer one client on standard input and output, until it hangs up."""
    anyio.run(_serve_stdio, server_over(searcher))


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _tools() -> list[Tool]:
    return [
        Tool(
            name=name,
            title=tool.title,
            description=tool.description,
            input_schema=json_schema(tool.arguments),
            output_schema=json_schema(tool.answer),
            annotations=_READS,
        )
        for name, tool in TOOLS.items()
    ]


def _answer(searcher: Searcher, asked: CallToolRequestParams) -> CallToolResult:
    """The answer twice, as ChatGPT reads it from the text and others from the structure."""
    try:
        answer = call(searcher, asked.name, asked.arguments or {})
    except ToolRefused as refused:
        return CallToolResult(content=[TextContent(text=str(refused))], is_error=True)
    text = json.dumps(answer, ensure_ascii=False)
    return CallToolResult(content=[TextContent(text=text)], structured_content=answer)
