"""Spans of OpenTelemetry for requests, where its packages are installed and the operator asks for them.

The exporter is configured by the usual variables of the environment, such as ``OTEL_EXPORTER_OTLP_ENDPOINT`` and
``OTEL_RESOURCE_ATTRIBUTES``. A span has the route, the method and the status, and nothing about people: no path, no
query, no address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from reelgraph._version import __version__
from reelgraph.core.errors import CapabilityError
from reelgraph.serve.middleware.trace_context import TraceContext


class SpanEnd(Protocol):
    """Called with the route, the method and the status of a request when it is answered."""

    def __call__(self, route: str, method: str, status: int) -> None:
        """End the span."""


class RequestTracer:
    """Makes a span for each request, in the trace of the client.

    Args:
        provider: of OpenTelemetry, a ``TracerProvider``.
    """

    def __init__(self, provider: Any) -> None:
        from opentelemetry import trace

        self._trace, self._provider = trace, provider
        self._tracer = provider.get_tracer("reelgraph.serve", __version__)

    @classmethod
    def exporting(cls) -> RequestTracer:
        """A tracer that exports by OTLP over HTTP, or to the provider that the process has already.

        Raises:
            CapabilityError: OpenTelemetry is not installed.
        """
        try:
            from opentelemetry import trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            raise CapabilityError.missing("tracing", "opentelemetry-sdk and its OTLP exporter", extra="otel") from None
        provider = trace.get_tracer_provider()
        if not isinstance(provider, TracerProvider):  # nobody has configured one, as opentelemetry-instrument does
            provider = TracerProvider(resource=Resource.create({"service.name": "reelgraph"}))
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    @contextmanager
    def span(self, context: TraceContext) -> Iterator[SpanEnd]:
        """A span in the trace of ``context``, which ends with the block."""
        trace = self._trace
        parent = None
        if context.trace_id:
            remote = trace.SpanContext(
                int(context.trace_id, 16), int(context.span_id, 16), is_remote=True,
                trace_flags=trace.TraceFlags(int(context.is_sampled)),
            )  # fmt: skip
            parent = trace.set_span_in_context(trace.NonRecordingSpan(remote))
        with self._tracer.start_as_current_span("request", context=parent, kind=trace.SpanKind.SERVER) as span:

            def end(route: str, method: str, status: int) -> None:
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.route": route, "http.request.method": method, "http.response.status_code": status}
                )
                if status >= 500:
                    span.set_status(trace.StatusCode.ERROR)

            yield end

    def close(self) -> None:
        """Export what is left."""
        self._provider.shutdown()
