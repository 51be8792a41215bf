"""Counts, times and logs every request."""

from __future__ import annotations

import itertools
import logging
import secrets
import time
from collections.abc import Mapping
from contextlib import nullcontext

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.middleware.trace_context import trace_context
from reelgraph.serve.state.metrics import Metrics
from reelgraph.serve.telemetry import RequestTracer

_log = logging.getLogger("reelgraph.serve")
_PROCESS_ID = secrets.token_hex(4)
_REQUEST_NUMBERS = itertools.count()
_SLOW_SECONDS = 1.0


class RequestMetricsMiddleware:
    """Counts and times requests by route, and logs them: failed and slow ones at INFO or above, others at DEBUG.

    No ids of people, addresses or queries are recorded. A log line has the ids of the trace and the request that the
    client sent, see `trace_context`; the response has the id of the request.

    Args:
        app: the next ASGI application.
        metrics: to count in.
        tracer: makes a span for each request; None for none.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: RequestTracer | None = None) -> None:
        self.app, self._metrics, self._tracer = app, metrics, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status, context = time.perf_counter(), 500, trace_context(scope["headers"])
        request_id = context.request_id or f"{_PROCESS_ID}{next(_REQUEST_NUMBERS):x}"

        async def tracked_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        self._metrics.in_progress.inc()
        with nullcontext(_no_span) if self._tracer is None else self._tracer.span(context) as end_span:
            try:
                await self.app(scope, receive, tracked_send)
            finally:
                self._metrics.in_progress.dec()
                route = getattr(scope.get("route"), "path", None) or "other"
                # A client may send any method; only those of a known route become a label.
                method = scope["method"] if route != "other" else "other"
                end_span(route, method, status)
                ids = {"request_id": request_id} | ({"trace_id": context.trace_id} if context.trace_id else {})
                self._record(route, method, status, time.perf_counter() - start, ids)

    def _record(self, route: str, method: str, status: int, seconds: float, ids: Mapping[str, str]) -> None:
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        if status == 503:
            self._metrics.store_failures.inc()
        level = logging.ERROR if status >= 500 else logging.INFO if seconds > _SLOW_SECONDS else logging.DEBUG
        if _log.isEnabledFor(level):
            fields = {"route": route, "method": method, "status": status, "ms": round(seconds * 1e3, 2)}
            _log.log(level, "request", extra={**fields, **ids})


def _no_span(route: str, method: str, status: int) -> None:
    """There is no span to end."""
