"""The trace of a client goes through: into the log, into the answer, and into a span without anything about people."""

from __future__ import annotations

import logging

import pytest

from reelgraph.core.errors import CapabilityError
from reelgraph.serve import telemetry
from reelgraph.serve.middleware.trace_context import TraceContext, trace_context
from tests.service.conftest import Running, Start

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        (VALID, True), (f"00-{TRACE}-{SPAN}-00", True), (f"01-{TRACE}-{SPAN}-01-more", True),
        (f"ff-{TRACE}-{SPAN}-01", False), (f"00-{'0' * 32}-{SPAN}-01", False), (f"00-{TRACE}-{'0' * 16}-01", False),
        (VALID.upper(), False), (VALID[:-1], False), (f"{VALID}\n", False), ("", False),
        (f"00-{TRACE}{SPAN}-01", False),
    ],
)  # fmt: skip
def test_traceparent_is_read_as_the_specification_says(value: str, is_valid: bool) -> None:
    context = trace_context([(b"accept", b"*/*"), (b"traceparent", value.encode())])
    is_sampled = value.endswith(("-01", "-01-more"))
    assert context == (TraceContext(TRACE, SPAN, "", is_sampled) if is_valid else TraceContext())


def test_ids_of_the_client_are_in_the_log_and_in_the_answer(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("reelgraph"), "propagate", True)
    caplog.set_level(logging.DEBUG, "reelgraph.serve")
    service = start(open=True)
    headers = {"traceparent": VALID, "x-request-id": "abc-1"}
    answer = service.http.get("/api/recommend/1", headers=headers)
    assert answer.headers["x-request-id"] == "abc-1"
    for bad in ("a b", "x" * 65, ""):
        answer = service.http.get("/api/popular", headers={"x-request-id": bad})
        assert answer.headers["x-request-id"] not in (bad, "abc-1")
    # A request is recorded after its answer is sent, and before the next one of its connection is answered.
    (record,) = [record for record in caplog.records if getattr(record, "request_id", "") == "abc-1"]
    assert (record.trace_id, record.route) == (TRACE, "/api/recommend/{user_id}")  # type: ignore[attr-defined]


def test_without_the_packages_tracing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(CapabilityError, match=r"reelgraph\[otel\]"):
        telemetry.RequestTracer.exporting()


def test_a_span_has_the_route_and_nothing_about_people(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    monkeypatch.setattr(telemetry.RequestTracer, "exporting", lambda: telemetry.RequestTracer(provider))
    service: Running = start(open=True, tracing=True)
    service.http.get("/api/recommend/1?n=2", headers={"traceparent": VALID})
    service.http.get("/api/recommend/nobody")
    service.http.get("/api/popular")  # answered after the span of the request before it has ended
    first, second = [span for span in memory.get_finished_spans() if "recommend" in span.name]
    assert first.name == "GET /api/recommend/{user_id}"
    assert format(first.context.trace_id, "032x") == TRACE
    assert format(first.parent.span_id, "016x") == SPAN
    assert dict(first.attributes) == {
        "http.route": "/api/recommend/{user_id}", "http.request.method": "GET", "http.response.status_code": 200,
    }  # fmt: skip
    assert (second.attributes["http.response.status_code"], second.parent) == (404, None)
