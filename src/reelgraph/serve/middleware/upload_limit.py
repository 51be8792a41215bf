"""Bounds the uploads under way, before anything of them is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.limits import UPLOAD_PATHS


class UploadLimit:
    """Answers 429 to an upload while too many are under way, from the end of its head to the response.

    So that the disk holds at most ``max_total`` uploads, whatever clients send. One client has at most half of them.

    Args:
        app: the next ASGI application.
        max_total: uploads under way.
        client: the client of a request.
        on_refusal: called for each upload that was refused.
    """

    def __init__(
        self, app: ASGIApp, max_total: int, client: Callable[[Scope], str], on_refusal: Callable[[], None]
    ) -> None:
        self.app, self._max_total, self._client, self._on_refusal = app, max_total, client, on_refusal
        self._max_per_client = max(1, max_total // 2)
        self._n_of_client: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in UPLOAD_PATHS:
            await self.app(scope, receive, send)
            return
        client = self._client(scope)
        if self._n_of_client.total() >= self._max_total or self._n_of_client[client] >= self._max_per_client:
            self._on_refusal()
            headers = {"Retry-After": "5", "Connection": "close"}
            error = ApiError(429, "busy", "too many uploads at once", "try again in a moment", headers)
            await error.response()(scope, receive, send)
            return
        self._n_of_client[client] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._n_of_client[client] -= 1
            if not self._n_of_client[client]:
                del self._n_of_client[client]
