"""Counts, times and logs every request."""

from __future__ import annotations

import itertools
import logging
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.state.metrics import Metrics

_log = logging.getLogger("reelgraph.serve")
_PROCESS = secrets.token_hex(4)
_REQUESTS = itertools.count()
_SLOW_SECONDS = 1.0


class RequestMetricsMiddleware:
    """Counts and times every request by its route, and logs it: errors and slow ones always, others when asked to.

    No ids, no addresses and no queries are written down.

    Args:
        app: what is behind.
        metrics: to count in.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, request_id = time.perf_counter(), 500, f"{_PROCESS}{next(_REQUESTS):x}"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        self._metrics.under_way.inc()
        try:
            await self.app(scope, receive, watched)
        finally:
            self._metrics.under_way.dec()
            self._told(scope, status, time.perf_counter() - began, request_id)

    def _told(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        # A method is the client's own word; only those that a route has are kept apart.
        method = scope["method"] if route != "other" else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if status == 503:
            self._metrics.store_failures.inc()
        level = logging.ERROR if status >= 500 else logging.INFO if seconds > _SLOW_SECONDS else logging.DEBUG
        if _log.isEnabledFor(level):
            told = {"route": route, "method": method, "status": status, "ms": round(seconds * 1e3, 2)}
            _log.log(level, "request", extra={**told, "request_id": request_id})
