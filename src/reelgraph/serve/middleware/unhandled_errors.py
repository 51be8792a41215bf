"""The error 500, for whatever no other handler has answered."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError

_log = logging.getLogger("reelgraph.serve")


class UnhandledErrorMiddleware:
    """Answers 500 where nothing else has, inside of what stands around all answers. Starlette's own stands outside.

    The stack of the error goes to the log, and nothing of it to the client.

    Args:
        app: what is behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if began or scope["type"] != "http":
                raise
            _log.exception("unforeseen")
            told = ApiError(500, "internal", "something went wrong here", "it is in the log")
            await told.response()(scope, receive, send)
