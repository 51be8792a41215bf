"""What an operator watches: counts and times by route, never by person."""

from __future__ import annotations

import logging

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_log = logging.getLogger("reelgraph.serve")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


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
