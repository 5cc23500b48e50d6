"""The Model Context Protocol, spoken with the client of its official SDK, on both transports."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import yaml
from anyio.from_thread import BlockingPortal, start_blocking_portal
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from mcp import ClientSession
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import LATEST_PROTOCOL_VERSION, CallToolResult, TextContent, Tool

from api.app import build
from api.settings import ApiSettings
from indexer.engines.local import LocalEngine
from indexer.errors import DatelineError
from tests.http.newsroom import searcher_over
from tests.processes import Server

QUESTION = "Nansei island chain deployments"


@dataclass(frozen=True)
class Conversation:
    """A session with a server, for tests that are not asynchronous."""

    session: ClientSession
    portal: BlockingPortal

    def tools(self) -> dict[str, Tool]:
        """The tools on offer."""
        return {tool.name: tool for tool in self.portal.call(self.session.list_tools).tools}

    def call(self, name: str, **arguments: Any) -> CallToolResult:
        """What a tool answers."""
        answer = self.portal.call(self.session.call_tool, name, arguments)
        assert isinstance(answer, CallToolResult)
        return answer

    def search(self, **arguments: Any) -> list[dict[str, Any]]:
        """The results of a search that is answered."""
        answer = self.call("search", **{"query": QUESTION, **arguments})
        assert not answer.is_error
        results: list[dict[str, Any]] = answer.structured_content["results"]
        return results


@asynccontextmanager
async def session_over(transport: Any) -> AsyncIterator[ClientSession]:
    async with transport as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        yield session


@pytest.fixture(scope="module", params=["stdio", "streamable HTTP"])
def conversation(
    request: pytest.FixtureRequest,
    served: Server,
    seeds_index: Path,
    environment: dict[str, str],
) -> Iterator[Conversation]:
    if request.param == "stdio":
        arguments = ["-m", "api.cli", "mcp", "--index", str(seeds_index)]
        command = StdioServerParameters(command=sys.executable, args=arguments, env=environment)
        transport: Any = stdio_client(command)
    else:
        transport = streamable_http_client(f"{served.url}/mcp")
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(session_over(transport)) as session,
    ):
        yield Conversation(session, portal)


def text_of(answer: CallToolResult) -> str:
    """The text of the one item an answer has."""
    [item] = answer.content
    assert isinstance(item, TextContent)
    return item.text


def test_the_tools_are_those_that_chatgpt_asks_for(conversation: Conversation) -> None:
    tools = conversation.tools()
    assert tools.keys() == {"search", "fetch"}
    for name, required in (("search", ["query"]), ("fetch", ["id"])):
        assert tools[name].input_schema["required"] == required
        annotations = tools[name].annotations
        assert annotations is not None
        assert annotations.read_only_hint is True
        assert annotations.open_world_hint is False


def test_an_answer_is_one_text_and_the_same_structure_as_announced(
    conversation: Conversation,
) -> None:
    tools = conversation.tools()
    search = conversation.call("search", query=QUESTION)
    first = search.structured_content["results"][0]
    for name, answer in (
        ("search", search),
        ("fetch", conversation.call("fetch", id=first["id"])),
    ):
        assert json.loads(text_of(answer)) == answer.structured_content
        schema = tools[name].output_schema
        assert schema is not None
        Draft202012Validator(schema).validate(answer.structured_content)
    assert first.keys() == {"id", "title", "url"}


def test_what_is_found_can_be_read(
    conversation: Conversation,
) -> None:
    found = conversation.search()
    assert len({each["id"] for each in found}) == len(found) > 1
    for each in found:
        article = conversation.call("fetch", id=each["id"]).structured_content
        assert (article["id"], article["title"], article["url"]) == (
            each["id"],
            each["title"],
            each["url"],
        )
        assert article["text"]


def test_every_article_has_an_address_to_cite(conversation: Conversation, served: Server) -> None:
    listed = served.get("/articles", limit="100").json["articles"]
    bare = next(article for article in listed if article["url"] is None)
    article = conversation.call("fetch", id=bare["id"]).structured_content
    assert article["url"] == f"urn:dateline:article:{bare['id']}"
    assert None not in article["metadata"].values()


def test_filters_hold(conversation: Conversation) -> None:
    found = conversation.search(source="The Harbour Post", to="2026-01-16", limit=3)
    assert found
    for each in found:
        article = conversation.call("fetch", id=each["id"]).structured_content
        assert article["metadata"]["source"] == "The Harbour Post"


def test_what_nothing_answers_has_no_results(conversation: Conversation) -> None:
    assert conversation.search(query="price of unobtainium futures on Mars") == []


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("search", {"query": QUESTION, "from": "last week"}, "from: Must be an ISO 8601 date"),
        ("search", {"query": QUESTION, "to": "2026-02-30"}, "to: Must be an ISO 8601 date"),
        ("search", {"query": QUESTION, "since": "2026-01-01"}, "since: Is not a parameter"),
        ("search", {"query": QUESTION, "limit": 1000}, "limit: Must be from 1 to 100"),
        ("search", {}, "query: Is required"),
        ("fetch", {"id": "nowhere"}, "use one that search gave"),
        ("write", {}, "there are: search, fetch"),
    ],
)
def test_what_cannot_be_heeded_is_an_error_for_the_model_to_read(
    conversation: Conversation, name: str, arguments: Mapping[str, Any], told: str
) -> None:
    answer = conversation.call(name, **arguments)
    assert answer.is_error
    assert told in text_of(answer)


def test_clients_of_the_newest_protocol_are_answered(served: Server) -> None:
    async def ask() -> tuple[str, CallToolResult]:
        async with Client(f"{served.url}/mcp", mode="auto") as client:
            answer = await client.call_tool("search", {"query": QUESTION})
            return client.protocol_version, answer

    version, answer = asyncio.run(ask())
    assert version >= "2026"
    assert answer.structured_content["results"]


def test_many_are_answered_at_once(served: Server) -> None:
    async def ask() -> int:
        async with session_over(streamable_http_client(f"{served.url}/mcp")) as session:
            answer = await session.call_tool("search", {"query": QUESTION})
            return len(answer.structured_content["results"])

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: asyncio.run(ask()), range(8)))
    assert counts[0] > 1
    assert set(counts) == {counts[0]}


def posted(client: FlaskClient, **headers: str) -> int:
    """The status that a message with these headers is answered with."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accepted = {"Accept": "application/json", **headers}
    return client.post("/mcp", json=message, headers=accepted).status_code


def test_only_pages_and_names_of_the_hosts_allowed_reach_it(client: FlaskClient) -> None:
    assert posted(client, Host="localhost") == 200
    assert posted(client, Host="127.0.0.1:8000", Origin="http://localhost:8000") == 200
    assert posted(client, Host="rebound.example") == 421
    assert posted(client, Host="localhost", Origin="https://rebound.example") == 403


PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
NOTIFIED = b'{"jsonrpc": "2.0", "method": "notifications/initialized"}'
NEWEST = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "ping",
        "params": {
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": LATEST_PROTOCOL_VERSION,
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        },
    }
).encode()
IN_NEWEST = {"MCP-Protocol-Version": LATEST_PROTOCOL_VERSION, "Mcp-Method": "ping"}
ANSWERS: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "a request": (PING, {}, 200, "application/json"),
    "a notification": (NOTIFIED, {}, 202, ""),
    "no message": (b"[]", {}, 400, "application/json"),
    "no JSON by its header": (PING, {"Content-Type": "text/plain"}, 400, "text/plain"),
    "a foreign page": (PING, {"Origin": "https://rebound.example"}, 403, "text/plain"),
    "a foreign host": (PING, {"Host": "rebound.example"}, 421, "text/plain"),
    "no method of the newest protocol": (NEWEST, IN_NEWEST, 404, "application/json"),
    "a client that takes no JSON": (PING, {"Accept": "text/html"}, 406, "application/json"),
    "another of the newest protocol": (NEWEST, {**IN_NEWEST, "Accept": "text/html"}, 406, ""),
    "too much": (b"x" * 2**17, {}, 413, "application/problem+json"),
}


@pytest.fixture(scope="module")
def contract(client: FlaskClient) -> dict[str, Any]:
    """What the server says of itself."""
    found: dict[str, Any] = yaml.safe_load(client.get("/openapi.yaml").text)
    return found


@pytest.mark.parametrize("name", ANSWERS)
def test_the_contract_tells_of_each_answer(
    client: FlaskClient, contract: dict[str, Any], name: str
) -> None:
    body, headers, status, media_type = ANSWERS[name]
    accepted = {"Accept": "application/json", "Content-Type": "application/json", **headers}
    response = client.post("/mcp", data=body, headers={"Host": "localhost", **accepted})
    told = contract["paths"]["/mcp"]["post"]["responses"][str(status)]
    if "$ref" in told:
        told = contract["components"]["responses"][told["$ref"].rsplit("/", 1)[-1]]
    assert response.status_code == status
    assert (response.mimetype if response.data else "") == media_type
    assert media_type in {"", *told.get("content", {})}


def test_further_hosts_are_a_setting(index: LocalEngine) -> None:
    environ = {"DATELINE_MCP_HOSTS": "Search.example.org, [fd00::1]"}
    settings = ApiSettings.from_environment(environ)
    client = build(settings, searcher_over(index)).test_client()
    page = "https://search.example.org"
    assert posted(client, Host="search.example.org", Origin=page) == 200
    assert posted(client, Host="[fd00::1]:8000") == 200
    assert posted(client, Host="localhost:8000") == 200
    assert posted(client, Host="example.org") == 421


@pytest.mark.parametrize("hosts", ["https://example.org", "example.org:443", "a b"])
def test_what_is_no_host_is_told_at_once(hosts: str) -> None:
    with pytest.raises(DatelineError, match="DATELINE_MCP_HOSTS"):
        ApiSettings.from_environment({"DATELINE_MCP_HOSTS": hosts})


def test_there_is_no_stream_to_wait_on(served: Server) -> None:
    answer = served.get("/mcp")
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


def test_an_index_that_is_not_there_is_told_the_model(tmp_path: Path) -> None:
    searcher = searcher_over(LocalEngine(tmp_path / "index"))
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": QUESTION}},
    }
    headers = {"Accept": "application/json", "Host": "localhost"}
    client = build(ApiSettings(), searcher).test_client()
    result = client.post("/mcp", json=message, headers=headers).get_json()["result"]
    assert result["isError"] is True
    assert "Run `dateline index`" in result["content"][0]["text"]
    assert str(tmp_path) not in result["content"][0]["text"]


def test_a_message_too_large_is_refused(client: FlaskClient) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y" * 2**17}}
    headers = {"Accept": "application/json", "Host": "localhost"}
    assert client.post("/mcp", json=message, headers=headers).status_code == 413


def test_a_message_that_breaks_off_holds_nobody_up(served: Server) -> None:
    address = urlsplit(served.url)
    head = (
        f"POST /mcp?\xe9 HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: application/json\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0), 30) as broken:
        broken.sendall(head.encode("latin-1") + b'{"jsonrpc"')
        broken.shutdown(socket.SHUT_WR)
        answer = broken.recv(4096)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"application/problem+json" in answer


def test_a_message_may_come_in_chunks(served: Server) -> None:
    chunks = (part for part in (b'{"jsonrpc": "2.0", "id": 1,', b'"method": "ping"}'))
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = httpx2.post(f"{served.url}/mcp", content=chunks, headers=headers)
    assert answer.json() == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_a_server_without_the_extra_says_what_to_install(
    index: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)
    client = build(ApiSettings(), searcher_over(index)).test_client()
    response = client.post("/mcp", json={})
    assert response.status_code == 501
    assert response.get_json()["type"] == "urn:dateline:problem:not-installed"
    assert "pip install 'dateline[mcp]'" in response.get_json()["detail"]


def test_the_command_without_the_extra_says_what_to_install(environment: dict[str, str]) -> None:
    code = "import sys; sys.modules['mcp'] = None; from api.cli import main; main(['mcp'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'dateline[mcp]'" in done.stderr


def test_the_command_without_an_index_says_so(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "mcp", "--index", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "dateline index" in done.stderr


def test_the_server_imports_none_of_it_before_it_is_asked(environment: dict[str, str]) -> None:
    code = (
        "import sys, api.server, api.app\n"
        "optional = {'mcp', 'a2wsgi', 'openai', 'httpx2', 'langchain_core', 'llama_index'}\n"
        "sys.exit(str(optional & sys.modules.keys()) if optional & sys.modules.keys() else 0)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
