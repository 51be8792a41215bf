"""What an operator watches: counts and times by route, never by person."""

from __future__ import annotations

import itertools
import logging
import secrets
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("reelgraph.serve")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PROCESS, _REQUESTS = secrets.token_hex(4), itertools.count()
_SLOW_SECONDS = 1.0


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "reelgraph_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "reelgraph_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self.under_way = Gauge("reelgraph_requests_under_way", "Requests being answered.", registry=self.registry)
        self.served_waiting = Gauge(
            "reelgraph_served_lists_waiting", "Lists not yet in the store.", registry=self.registry
        )
        self.served_dropped = Counter(
            "reelgraph_served_lists_dropped", "Lists lost to a full queue.", registry=self.registry
        )
        self.reloads = Counter(
            "reelgraph_bundle_reloads", "New bundles, by what became of them.", ("outcome",), registry=self.registry
        )
        self.bundle = Gauge(
            "reelgraph_bundle_loaded_seconds", "When the bundle in use was loaded, Unix time.", registry=self.registry
        )
        self.store_failures = Counter(
            "reelgraph_store_failures", "Requests that the store could not answer.", registry=self.registry
        )
        for outcome in ("loaded", "refused"):
            self.reloads.labels(outcome)
        self.bundle.set_to_current_time()

    def reloaded(self, loaded: bool) -> None:
        """A new bundle was taken into use, or refused."""
        self.reloads.labels("loaded" if loaded else "refused").inc()
        if loaded:
            self.bundle.set_to_current_time()

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)


class Observed:
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
