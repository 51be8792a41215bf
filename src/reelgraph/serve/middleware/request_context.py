"""The request in progress, for what is deep inside of it: whose it is, and whether they still wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.serve.errors import ApiError

_T = TypeVar("_T")


@dataclass(frozen=True)
class RequestContext:
    """One request.

    Args:
        client: whose it is, see `Service.client`.
        receive: of its ASGI application.
    """

    client: str
    receive: Receive

    async def unless_hung_up(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of work that begins after the body was read; cancelled if the client closes the connection.

        Raises:
            ApiError: 499, they did; nobody will see it.
        """
        task, hang_up = asyncio.ensure_future(work), asyncio.ensure_future(self._hang_up())
        try:
            await asyncio.wait({task, hang_up}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and hang_up.done() and hang_up.exception() is None:
                raise ApiError(499, "hung-up", "the client closed the connection")
            return await task
        finally:
            task.cancel()
            if not hang_up.cancel() and not hang_up.cancelled():
                hang_up.exception()  # seen: a body that does not come is the matter of its reader

    async def _hang_up(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


current_request: ContextVar[RequestContext] = ContextVar("current_request")


class RequestContextMiddleware:
    """Sets `current_request`.

    Args:
        app: the next ASGI application.
        client: whose a request is.
    """

    def __init__(self, app: ASGIApp, client: Callable[[Scope], str]) -> None:
        self.app, self._client = app, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            current_request.set(RequestContext(self._client(scope), receive))
        await self.app(scope, receive, send)
