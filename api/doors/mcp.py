"""`/mcp`: the Model Context Protocol over streamable HTTP, without sessions and streams.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports: a server that offers no
stream answers GET with 405, and one that keeps no sessions gives out no ids of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from io import BytesIO
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, request
from flask.views import MethodView
from werkzeug.wrappers import Response

from api.arguments import body_of
from api.contract import problems, resource
from api.errors import MEDIA_TYPE, NotInstalled
from api.resources.serving import current_searcher
from api.schemas.problem import ProblemSchema
from api.search.searcher import Searcher
from api.settings import ApiSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

blueprint = resource("mcp", "Use the index from models, by the Model Context Protocol.")

_KEY = "dateline.mcp"
# What the SDK answers with; those of its refusals that have no message of the protocol are a few
# words.
_MESSAGE = {"type": "object", "description": "A message of JSON-RPC 2.0."}
_WORDS = {"type": "string", "description": "What is wrong, in a few words."}
_UNREADABLE = "This is no message, or none of the protocol."
_FOREIGN = "The page it comes from is of no host in DATELINE_MCP_HOSTS."
_REBOUND = "The host it was sent to is none in DATELINE_MCP_HOSTS."


class Endpoint:
    """The server of the SDK as a WSGI application, begun with the first request.

    It lives on an event loop in a thread of its own, and no thread survives the fork into worker
    processes.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts
        self._lock = Lock()
        self._running: WSGIApplication | None = None

    def over(self, searcher: Searcher) -> WSGIApplication:
        """The application; raises NotInstalled where the SDK is missing."""
        with self._lock:
            if self._running is None:
                self._running = self._begun(searcher)
            return self._running

    def _begun(self, searcher: Searcher) -> WSGIApplication:
        try:
            from a2wsgi import ASGIMiddleware
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
            from mcp.server.transport_security import TransportSecuritySettings

            from api.doors.mcp_server import server_over
        except ImportError as error:
            raise NotInstalled(
                "The Model Context Protocol needs more packages beside the server: "
                "pip install 'dateline[mcp]'"
            ) from error
        hosts = [form for host in self._hosts for form in (host, f"{host}:*")]
        origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
        manager = StreamableHTTPSessionManager(
            server_over(searcher),
            json_response=True,
            stateless=True,
            security_settings=TransportSecuritySettings(
                allowed_hosts=hosts, allowed_origins=origins
            ),
        )
        # The two packages spell the types of ASGI and WSGI in their own ways.
        answering = cast("Any", manager.handle_request)
        return cast("WSGIApplication", ASGIMiddleware(answering, loop=_loop_running(manager)))


@blueprint.route("/mcp")
class McpResource(MethodView):
    """The endpoint of the protocol."""

    @blueprint.doc(
        operationId="mcp",
        requestBody={
            "required": True,
            "content": {
                "application/json": {
                    "schema": _MESSAGE,
                    "example": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                }
            },
        },
    )
    @problems(blueprint, 405, 413, 501)
    @blueprint.alt_response(202, description="It was a notification, which has no answer.")
    @blueprint.alt_response(400, schema=_MESSAGE, description=_UNREADABLE)
    @blueprint.alt_response(400, schema=_WORDS, content_type="text/plain", description=_UNREADABLE)
    @blueprint.alt_response(
        400, schema=ProblemSchema(), content_type=MEDIA_TYPE, description=_UNREADABLE
    )
    @blueprint.alt_response(403, schema=_WORDS, content_type="text/plain", description=_FOREIGN)
    @blueprint.alt_response(404, schema=_MESSAGE, description="There is no such method.")
    @blueprint.alt_response(406, schema=_MESSAGE, description="The client does not take JSON.")
    @blueprint.alt_response(421, schema=_WORDS, content_type="text/plain", description=_REBOUND)
    @blueprint.response(200, _MESSAGE, description="The answer to the message.")
    def post(self) -> Response:
        """Answer a message of the Model Context Protocol; its clients know how to write them.

        The tools are `search` and `fetch`. Only requests to the hosts in DATELINE_MCP_HOSTS, and
        from pages of these, are answered.
        """
        endpoint: Endpoint = current_app.extensions[_KEY]
        # Both ways are gone to the end here: what a client breaks off would go on for ever there.
        body = body_of(request)
        environ = {
            **request.environ,
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        return Response.from_app(endpoint.over(current_searcher()), environ, buffered=True)


def open_endpoint(app: Flask, settings: ApiSettings) -> None:
    """Let `app` answer at /mcp; nothing of the SDK is imported yet."""
    app.extensions[_KEY] = Endpoint(settings.mcp_hosts)


def _loop_running(manager: StreamableHTTPSessionManager) -> asyncio.AbstractEventLoop:
    """An event loop in a thread, with `manager` running on it for as long as the process lives."""
    begun: Future[asyncio.AbstractEventLoop] = Future()

    async def run() -> None:
        async with manager.run():
            begun.set_result(asyncio.get_running_loop())
            await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(run()), name="dateline-mcp", daemon=True).start()
    return begun.result()
