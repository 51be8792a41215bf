"""Security headers: a browser loads nothing from elsewhere and stores nothing personal."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_FILE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_HEADERS = [
    *_FILE_HEADERS,
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
# Scripts, style sheets and pictures load nothing. There are dozens on a first visit, so what applies to pages alone
# is left out; somebody who opens a drawing by its address gets one that runs nothing.
_FILE_PATHS = ("/static/", "/strings/", "/poster/")
_FILE_POLICY = (b"content-security-policy", b"default-src 'none'; img-src 'self'; frame-ancestors 'none'")
# Over HTTPS: the browser does not come back over plain HTTP for a year, where the cookie could be read or replaced.
_HTTPS_HEADERS = [(b"strict-transport-security", b"max-age=31536000")]


class SecurityHeaders:
    """Adds the headers to every response; ``Cache-Control: no-store`` where the route sets none.

    Files of the page get the few of them that apply to files.
    Over HTTPS, by itself or by the word of a trusted proxy, the others also get ``Strict-Transport-Security``.

    Args:
        app: the next ASGI application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        headers = [*_HEADERS, *_HTTPS_HEADERS] if scope["scheme"] == "https" else _HEADERS
        if scope["path"].startswith(_FILE_PATHS):
            headers = [*_FILE_HEADERS, _FILE_POLICY]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
                MutableHeaders(scope=message).setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
