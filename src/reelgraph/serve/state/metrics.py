"""Prometheus metrics of the service: counts and times by route, never by person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "reelgraph_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "reelgraph_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self.in_progress = Gauge("reelgraph_requests_under_way", "Requests in progress.", registry=self.registry)
        self.impressions_queued = Gauge(
            "reelgraph_served_lists_waiting", "Lists not yet in the store.", registry=self.registry
        )
        self.impressions_dropped = Counter(
            "reelgraph_served_lists_dropped", "Lists dropped because the queue was full.", registry=self.registry
        )
        self.bundle_reloads = Counter(
            "reelgraph_bundle_reloads", "New bundles, by outcome.", ("outcome",), registry=self.registry
        )
        self.bundle_loaded_at = Gauge(
            "reelgraph_bundle_loaded_seconds", "When the bundle in use was loaded, Unix time.", registry=self.registry
        )
        self.store_failures = Counter(
            "reelgraph_store_failures", "Requests that the store could not answer.", registry=self.registry
        )
        for outcome in ("loaded", "refused"):
            self.bundle_reloads.labels(outcome)
        self.bundle_loaded_at.set_to_current_time()

    def count_reload(self, success: bool) -> None:
        """Count a new bundle, used or refused."""
        self.bundle_reloads.labels("loaded" if success else "refused").inc()
        if success:
            self.bundle_loaded_at.set_to_current_time()

    def text(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
