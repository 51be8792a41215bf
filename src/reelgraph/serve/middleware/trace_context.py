"""The trace that a request belongs to: the header ``traceparent`` of W3C Trace Context, and ``x-request-id``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.{0,100})?"
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """What a client says of the trace of its request.

    Args:
        trace_id: 32 hexadecimal digits; "" where the request has no valid ``traceparent``.
        span_id: of the client, 16 hexadecimal digits; "" as above.
        request_id: the client's own, up to 64 letters, digits, dots, dashes and underscores; "" where there is none.
        is_sampled: the client records its part of the trace.
    """

    trace_id: str = ""
    span_id: str = ""
    request_id: str = ""
    is_sampled: bool = False


def trace_context(headers: Iterable[tuple[bytes, bytes]]) -> TraceContext:
    """The trace context of a request; what is malformed is ignored, as the specification asks."""
    trace_id = span_id = request_id = ""
    is_sampled = False
    for name, value in headers:
        if name == b"traceparent" and (match := _TRACEPARENT.fullmatch(value)):
            trace_id, span_id, is_sampled = match[1].decode(), match[2].decode(), bool(int(match[3], 16) & 1)
        elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
    return TraceContext(trace_id, span_id, request_id, is_sampled)
