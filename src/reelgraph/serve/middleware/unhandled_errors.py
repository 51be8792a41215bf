"""The error 500, for exceptions that no handler took."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError

_log = logging.getLogger("reelgraph.serve")


class UnhandledErrorMiddleware:
    """Answers 500 to an unhandled exception. The stack goes to the log, and nothing of it to the client.

    Starlette's own middleware for this is outside of all others, so its answer would lack their headers.

    Args:
        app: the next ASGI application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 if that fails before a response has started."""
        response_started = False

        async def tracked_send(message: Message) -> None:
            nonlocal response_started
            response_started = response_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, tracked_send)
        except Exception:
            if response_started or scope["type"] != "http":
                raise
            _log.exception("unhandled error")
            error = ApiError(500, "internal", "an internal error occurred", "the log of the service has the details")
            await error.response()(scope, receive, send)
