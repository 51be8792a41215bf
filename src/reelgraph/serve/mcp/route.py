"""The tools as a route of the service: with its keys, limits and pools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.auth import check_scope
from reelgraph.serve.mcp.server import Work, make_server
from reelgraph.serve.mcp.tools import Answer, People
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service

PATH = "/mcp"

_LABEL = SimpleNamespace(path=PATH)  # of the metrics and the log
_BEARER = "bearer "


class McpRoute:
    """``POST /mcp``: one message a request, no sessions. Needs a key with the scope ``read``.

    Args:
        service: answers.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        server = make_server(lambda: service.loaded, People(self._history), self._run)
        self._manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=service.settings.max_body
        )

    @property
    def route(self) -> Route:
        """The route, for the application."""
        return Route(PATH, self, methods=["POST"], include_in_schema=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """As long as requests are answered; may be entered once."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the key and answer the message."""
        scope["route"] = _LABEL
        await check_scope(self._service, _key(Request(scope)), "read")
        await self._manager.handle_request(scope, receive, send)

    def _history(self, loaded: LoadedBundle, user_id: str) -> WeightedHistory:
        return self._service.users.user(loaded, user_id).history()

    async def _run(self, context: Any, work: Work) -> Answer:
        return await self._service.slow_pool.run(self._service.client(context.request.scope), work)


def _key(request: Request) -> str | None:
    """The key of a request: in the header of the REST routes, or as the bearer token that assistants send."""
    authorization = request.headers.get("authorization", "")
    is_bearer = authorization[: len(_BEARER)].lower() == _BEARER
    return request.headers.get("x-api-key") or (authorization[len(_BEARER) :].strip() if is_bearer else None)
