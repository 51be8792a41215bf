"""Counts, times and logs every request."""

from __future__ import annotations

import itertools
import logging
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.state.metrics import Metrics

_log = logging.getLogger("reelgraph.serve")
_PROCESS_ID = secrets.token_hex(4)
_REQUEST_NUMBERS = itertools.count()
_SLOW_SECONDS = 1.0


class RequestMetricsMiddleware:
    """Counts and times requests by route, and logs them: failed and slow ones at INFO or above, others at DEBUG.

    No ids, addresses or queries are recorded.

    Args:
        app: the next ASGI application.
        metrics: to count in.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status, request_id = time.perf_counter(), 500, f"{_PROCESS_ID}{next(_REQUEST_NUMBERS):x}"

        async def tracked_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self.app(scope, receive, tracked_send)
        finally:
            self._metrics.in_progress.dec()
            self._record(scope, status, time.perf_counter() - start, request_id)

    def _record(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        # A client may send any method; only those of a known route become a label.
        method = scope["method"] if route != "other" else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        if status == 503:
            self._metrics.store_failures.inc()
        level = logging.ERROR if status >= 500 else logging.INFO if seconds > _SLOW_SECONDS else logging.DEBUG
        if _log.isEnabledFor(level):
            fields = {"route": route, "method": method, "status": status, "ms": round(seconds * 1e3, 2)}
            _log.log(level, "request", extra={**fields, "request_id": request_id})
