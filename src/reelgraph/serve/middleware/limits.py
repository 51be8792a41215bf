"""What a client may take: names asked for, requests a second, bytes of a body, time to send it."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError

_CLIENTS = 50_000  # addresses and keys that are remembered
_LOOKED_AFTER = frozenset(("/api/health/live", "/api/health/ready", "/metrics"))
UPLOAD_PATHS = ("/api/import", "/api/me/import")


class AllowedHosts:
    """Answers for these names alone, so that no foreign page reaches a service on this machine by a name of its own.

    Whoever looks after the process asks by its address; health and figures tell nothing about people.

    Args:
        app: what is behind.
        names: in the header Host, without ports; empty for any.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self.app, self._names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or 421."""
        asked = scope["type"] == "http" and scope["path"] not in _LOOKED_AFTER
        if self._names and asked and _host(scope) not in self._names:
            refused = ApiError(421, "misdirected", "this service goes by another name", "see the option --host-name")
            await refused.response()(scope, receive, send)
            return
        await self.app(scope, receive, send)


class RateLimit:
    """Requests a second of one client, as a bucket that fills up steadily and holds ``burst``.

    Args:
        app: what is behind.
        rate: requests a second; 0 for no limit.
        burst: at once.
        client: who asks, of a request.
    """

    def __init__(self, app: ASGIApp, rate: float, burst: int, client: Callable[[Scope], str]) -> None:
        self.app, self._rate, self._burst, self._client = app, rate, float(burst), client
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or 429."""
        if scope["type"] == "http" and self._rate:
            wait = self.take(self._client(scope), time.monotonic())
            if wait:
                retry = {"Retry-After": str(math.ceil(wait))}
                refused = ApiError(429, "too-many-requests", "more requests than allowed", "wait a little", retry)
                await refused.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def take(self, client: str, now: float) -> float:
        """Take one request; seconds until there is one again, 0 when it was had."""
        left, since = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        had = left >= 1.0
        self._buckets[client] = (left - 1.0 if had else left, now)
        if len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if had else (1.0 - left) / self._rate


class BodyLimit:
    """Bytes of a body, declared or not, and the time it takes to come.

    Args:
        app: what is behind.
        most: bytes.
        most_upload: bytes, of an uploaded export.
        seconds: from the head of the request to the last byte of its body.
    """

    def __init__(self, app: ASGIApp, most: int, most_upload: int, seconds: float) -> None:
        self.app, self._most, self._most_upload, self._seconds = app, most, most_upload, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or 413, or 408."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        most = self._most_upload if scope["path"] in UPLOAD_PATHS else self._most
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            declared = _length(scope)
            if declared is not None and declared > most:
                raise _too_large(most)
            await self.app(scope, _BoundedBody(receive, most, self._seconds).receive, watched)
        except ApiError as error:
            if began:
                raise
            await error.response()(scope, receive, send)


class _BoundedBody:
    """Receives a body up to so many bytes, within so many seconds."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._most, self._left = receive, most, most
        self._until = time.monotonic() + seconds
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:  # waits for the end of the connection now
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._until - time.monotonic())
        except TimeoutError:
            raise ApiError(408, "slow", "the body took too long to come", headers={"Connection": "close"}) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large(self._most)
        self._whole = not message.get("more_body", False)
        return message


def _too_large(most: int) -> ApiError:
    hint = "send less at once"
    return ApiError(413, "too-large", f"the body has more than {most:,} bytes", hint, {"Connection": "close"})


def _length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            text: str = value.decode("latin-1").lower()
            return text if text.endswith("]") else text.rsplit(":", 1)[0] if ":" in text else text
    return ""
