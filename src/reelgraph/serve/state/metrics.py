"""Prometheus metrics of the service: counts and times by route, never by person.

With several workers each writes its values to files of a common folder, as `prometheus_client` does where the
environment names one, and every worker answers with the values of all: counts are summed, and what belongs to one
process has its ``pid``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of the environment that names the common folder of several workers."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_REFRESH_SECONDS = 5.0  # of the gauges of a worker that another one answers with
_Mode = Literal["livesum", "livemin", "liveall"]

LIMITS = ("connections", "rate", "busy", "time", "uploads", "guests")
"""What refuses requests, or closes connections to make room."""


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._is_shared = SHARED_FOLDER in os.environ
        self._watched: list[tuple[Gauge, Callable[[], float]]] = []
        self.requests = self._counter("reelgraph_requests", "Requests answered.", "route", "method", "status")
        self.request_seconds = Histogram(
            "reelgraph_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self.in_progress = self._gauge("reelgraph_requests_under_way", "Requests in progress.")
        self.pool_tasks = self._gauge("reelgraph_pool_tasks", "Tasks running or waiting, by thread pool.", "pool")
        self.impressions_queued = self._gauge("reelgraph_served_lists_waiting", "Lists not yet in the store.")
        self.impressions_dropped = self._counter(
            "reelgraph_served_lists_dropped", "Lists dropped because the queue was full."
        )
        self.served_lists = self._counter("reelgraph_served_lists", "Lists shown to people who are known.")
        self.served_items = self._counter("reelgraph_served_items", "Movies in these lists.")
        self.served_ratings = self._counter(
            "reelgraph_served_ratings",
            "Ratings of movies that a list had shown.",
            "place",
            "liked",
        )
        self.bundle_reloads = self._counter("reelgraph_bundle_reloads", "New bundles, by outcome.", "outcome")
        self.bundle_loaded_at = self._gauge(
            "reelgraph_bundle_loaded_seconds", "When the bundle in use was loaded, Unix time.", mode="livemin"
        )
        self.bundle_created_at = self._gauge(
            "reelgraph_bundle_created_seconds", "When the bundle in use was written, Unix time.", mode="livemin"
        )
        self.bundle_trained_at = self._gauge(
            "reelgraph_bundle_trained_seconds",
            "When the model of the bundle in use was fitted, Unix time.",
            mode="livemin",
        )
        self.store_failures = self._counter("reelgraph_store_failures", "Requests that the store could not answer.")
        self.connections = self._gauge("reelgraph_connections", "Open connections.")
        self.refusals = self._counter("reelgraph_refusals", "Refused by a limit, by which.", "limit")
        for limit in LIMITS:
            self.refusals.labels(limit)
        for outcome in ("loaded", "refused"):
            self.bundle_reloads.labels(outcome)
        self.bundle_loaded_at.set_to_current_time()
        self._watch_process()
        if self._is_shared:
            threading.Thread(target=self._refresh_for_ever, name="metrics", daemon=True).start()

    def watch(self, gauge: Gauge, value: Callable[[], float]) -> None:
        """Let a gauge have the value of a function at the time of the answer."""
        if self._is_shared:  # another worker may answer, which cannot call the function
            self._watched.append((gauge, value))
        else:
            gauge.set_function(value)

    def count_reload(self, success: bool) -> None:
        """Count a new bundle, used or refused."""
        self.bundle_reloads.labels("loaded" if success else "refused").inc()
        if success:
            self.bundle_loaded_at.set_to_current_time()

    def count_served(self, items: int) -> None:
        """Count a list that was shown."""
        self.served_lists.inc()
        self.served_items.inc(items)

    def text(self) -> bytes:
        """The Prometheus text format."""
        if not self._is_shared:
            return generate_latest(self.registry)
        self._refresh()
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(name, description, labels, registry=self.registry)

    def _gauge(self, name: str, description: str, *labels: str, mode: _Mode = "livesum") -> Gauge:
        return Gauge(name, description, labels, registry=self.registry, multiprocess_mode=mode)

    def _watch_process(self) -> None:
        """Memory, processor time and open files of the process; of each worker where there are several."""
        if not self._is_shared:
            ProcessCollector(registry=self.registry)
            return
        collector = ProcessCollector(registry=None)

        def value_of(name: str) -> Callable[[], float]:
            def value() -> float:
                samples = (sample for metric in collector.collect() for sample in metric.samples)
                return next((sample.value for sample in samples if sample.name == name), 0.0)

            return value

        for metric in list(collector.collect()):
            for sample in metric.samples:
                name = sample.name.removesuffix("_total")  # reserved for counters
                self.watch(self._gauge(name, metric.documentation, mode="liveall"), value_of(sample.name))

    def _refresh(self) -> None:
        for gauge, value in self._watched:
            gauge.set(value())

    def _refresh_for_ever(self) -> None:
        pause = threading.Event()
        while not pause.wait(_REFRESH_SECONDS):
            self._refresh()
