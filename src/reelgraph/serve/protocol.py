"""HTTP/1.1 on one connection: uvicorn's protocol, with bounds for the heads of requests and for connections."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reelgraph.serve.connections import Admission, ConnectionTable
from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import client_network
from reelgraph.serve.middleware.limits import MONITORING_PATHS

HEAD_SECONDS = 10.0  # from the first byte of a connection to the end of the request's head
MAX_HEAD_BYTES = 64 * 2**10  # of the first line and all headers, those after the body included

_LINGER_SECONDS = 1.0  # for a client that is still sending to see why it is refused
_HEADER_OVERHEAD = 4  # bytes: colon, space and line end


class _HeadTooLargeError(Exception):
    """The head has too many bytes; raised into the parser, to end it."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses heads that are too large with 431, closes connections on which none arrives, and counts connections.

    Args:
        connections: of this process.
        *args: as for uvicorn.
        **kwargs: as for uvicorn.
    """

    def __init__(self, *args: Any, connections: ConnectionTable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = connections
        self._timeout: asyncio.TimerHandle | None = None
        self._head_bytes = self._unparsed_bytes = 0
        self._is_head_too_large = self._is_refused = self._has_progressed = False

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress."""
        return self._is_refused or self.cycle is None or self.cycle.response_complete

    def close_idle(self) -> None:
        """Close the connection to make room for another."""
        self.transport.close()

    def connection_made(self, transport: Any) -> None:
        """Admit the connection, and start the timeout of its first request."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        is_proxy = address in _trusted_proxies(str(self.config.forwarded_allow_ips or ""))
        admission = self._table.admit(self, client_network(address), is_proxy=is_proxy)
        if admission is Admission.NOTHING:
            self.transport.abort()
            return
        if admission is Admission.MONITORING:
            self.app = _MonitoringOnly(self.app)
        self._start_timeout(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed: stop the timeout."""
        self._table.remove(self)
        self._stop_timeout()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come; what the parser keeps because its end has not come yet is bounded, too."""
        if self._is_refused:
            return
        self._has_progressed = False
        super().data_received(data)
        self._unparsed_bytes = 0 if self._has_progressed else self._unparsed_bytes + len(data)
        if self._unparsed_bytes > MAX_HEAD_BYTES and not self._is_refused:
            self._is_head_too_large = True
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, or is too large to be; wait a little, as the client may still be sending."""
        is_answering = not self.is_idle
        self._is_refused = True
        if is_answering:
            self.transport.close()
            return
        if self._is_head_too_large:
            detail = f"the head of the request has more than {MAX_HEAD_BYTES:,} bytes"
            error = ApiError(431, "head-too-large", detail, "send fewer or shorter headers")
        else:
            error = ApiError(400, "bad-request", "this is not an HTTP request")
        self.transport.write(_response(error))
        self.transport.write_eof()
        self._start_timeout(_LINGER_SECONDS)

    def on_message_begin(self) -> None:
        """Start the timeout of a further request."""
        self._has_progressed, self._head_bytes = True, 0
        super().on_message_begin()
        self._start_timeout(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Count a part of the first line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or one that comes after the body."""
        self._count(len(name) + len(value) + _HEADER_OVERHEAD)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete: stop the timeout."""
        self._has_progressed = True
        self._stop_timeout()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._has_progressed = True
        super().on_body(body)

    def _count(self, n_bytes: int) -> None:
        self._has_progressed = True
        self._head_bytes += n_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            self._is_head_too_large = True
            raise _HeadTooLargeError

    def _start_timeout(self, seconds: float) -> None:
        self._stop_timeout()
        self._timeout = self.loop.call_later(seconds, self.transport.close)

    def _stop_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()


class _MonitoringOnly:
    """Answers 503 to all requests but those for health and metrics: no connection is free.

    Args:
        app: the application.
    """

    def __init__(self, app: Any) -> None:
        self.app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503."""
        if scope["path"] in MONITORING_PATHS:
            await self.app(scope, receive, send)
            return
        headers = {"Retry-After": "2", "Connection": "close"}
        error = ApiError(503, "busy", "all connections are in use", "try again in a moment", headers)
        await error.response()(scope, receive, send)


@cache
def _trusted_proxies(addresses: str) -> Container[str]:
    """The addresses whose X-Forwarded-For uvicorn believes, as it reads them."""
    return cast("Container[str]", ProxyHeadersMiddleware(cast("Any", None), addresses).trusted_hosts)


def _response(error: ApiError) -> bytes:
    """An error as the bytes of a response that ends the connection."""
    body = error.body()
    phrase = HTTPStatus(error.status_code).phrase
    lines = (
        f"HTTP/1.1 {error.status_code} {phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
