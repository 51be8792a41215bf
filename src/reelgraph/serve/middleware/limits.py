"""Limits for clients: host names, requests per second, size of a body and time to send it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.token_buckets import TokenBuckets

UPLOAD_PATHS = ("/api/import", "/api/me/import")

MONITORING_PATHS = frozenset(("/api/health/live", "/api/health/ready", "/metrics"))


class AllowedHosts:
    """Refuses other host names, so that no web page reaches a local service through a name of its own.

    Monitoring uses the address of the process; its routes return nothing about people and are always allowed.

    Args:
        app: the next ASGI application.
        names: accepted values of the header Host, without ports; empty for any.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self.app, self._names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        is_checked = scope["type"] == "http" and scope["path"] not in MONITORING_PATHS
        if self._names and is_checked and _host(scope) not in self._names:
            hint = "see the option --host-name"
            error = ApiError(421, "misdirected", "this service has another host name", hint)
            await error.response()(scope, receive, send)
            return
        await self.app(scope, receive, send)


class RateLimit:
    """Limits the requests per second of one client by a token bucket that holds ``burst`` requests.

    Args:
        app: the next ASGI application.
        rate: requests per second; 0 for no limit.
        burst: requests at once.
        client: the client of a request.
        on_refusal: called for each request that was refused.
    """

    def __init__(
        self, app: ASGIApp, rate: float, burst: int, client: Callable[[Scope], str], on_refusal: Callable[[], None]
    ) -> None:
        self.app, self._client, self._on_refusal = app, client, on_refusal
        self._buckets = TokenBuckets(rate, burst) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] == "http" and self._buckets is not None:
            wait = self._buckets.take(self._client(scope), time.monotonic())
            if wait:
                self._on_refusal()
                retry = {"Retry-After": str(math.ceil(wait))}
                error = ApiError(429, "too-many-requests", "more requests than allowed", "wait a little", retry)
                await error.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """Limits the size of a body, whether its length is declared or not, and the time to send it.

    Args:
        app: the next ASGI application.
        max_bytes: of a body.
        max_upload_bytes: of an uploaded export.
        seconds: from the end of the headers to the last byte of the body.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_upload_bytes: int, seconds: float) -> None:
        self.app, self._max_bytes, self._max_upload_bytes, self._seconds = app, max_bytes, max_upload_bytes, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 or 408."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        max_bytes = self._max_upload_bytes if scope["path"] in UPLOAD_PATHS else self._max_bytes
        response_started = False

        async def tracked_send(message: Message) -> None:
            nonlocal response_started
            response_started = True
            await send(message)

        try:
            declared = _content_length(scope)
            if declared is not None and declared > max_bytes:
                raise _too_large(max_bytes)
            await self.app(scope, _LimitedBody(receive, max_bytes, self._seconds).receive, tracked_send)
        except ApiError as error:
            if response_started:
                raise
            await error.response()(scope, receive, send)


class _LimitedBody:
    """Receives a body of limited size within a limited time."""

    def __init__(self, receive: Receive, max_bytes: int, seconds: float) -> None:
        self._receive, self._max_bytes, self._bytes_remaining = receive, max_bytes, max_bytes
        self._deadline = time.monotonic() + seconds
        self._is_complete = False

    async def receive(self) -> Message:
        if self._is_complete:  # the next message is the end of the connection
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._deadline - time.monotonic())
        except TimeoutError:
            close = {"Connection": "close"}
            raise ApiError(408, "slow", "the body took too long to arrive", headers=close) from None
        self._bytes_remaining -= len(message.get("body", b""))
        if self._bytes_remaining < 0:
            raise _too_large(self._max_bytes)
        self._is_complete = not message.get("more_body", False)
        return message


def _too_large(max_bytes: int) -> ApiError:
    hint = "send less at once"
    return ApiError(413, "too-large", f"the body has more than {max_bytes:,} bytes", hint, {"Connection": "close"})


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _host(scope: Scope) -> str:
    """The host name of a request, in lower case and without a port."""
    for name, value in scope["headers"]:
        if name == b"host":
            text: str = value.decode("latin-1").lower()
            return text if text.endswith("]") else text.rsplit(":", 1)[0] if ":" in text else text
    return ""
